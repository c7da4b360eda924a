// Makes calls with the published M3O client, of which nothing is changed but its address.
//
// Standard input: {"address", "calls": [{"key", "service", "method", "request", "frames"?, "meanwhile"?}]},
// of a stream also with "endpoint" in place of "method": then it is opened without the typed service.
// Standard output: for each call {"reply"}, or {"refusal"} if its promise was rejected; of a stream
// {"frames", "closed"}: the frames asked for, and the code it was closed with if it was (else null).
// While a stream is open, the call "meanwhile" is made every 20 ms until its frames have come.
const m3o = require('m3o').default

function client(address, key) {
  const services = m3o(key)
  for (const service of Object.values(services)) service.client.options.address = address
  return services
}

async function reply(services, { service, method, request }) {
  try {
    return { reply: await services[service][method](request) }
  } catch (refusal) {
    return { refusal }
  }
}

async function frames(services, call) {
  const stream = call.endpoint
    ? await services.id.client.stream(call.service, call.endpoint, call.request)
    : await services[call.service][call.method](call.request)
  const received = []
  let again
  const closed = await new Promise((resolve) => {
    stream.onMessage((frame) => {
      received.push(frame)
      if (received.length === call.frames) resolve(null)
    })
    stream.conn.on('close', resolve)
    if (call.meanwhile) again = setInterval(() => reply(services, call.meanwhile), 20)
  })
  clearInterval(again)
  stream.conn.terminate()
  return { frames: received, closed }
}

async function main() {
  const { address, calls } = JSON.parse(require('fs').readFileSync(0))
  const answers = []
  for (const call of calls) {
    const services = client(address, call.key)
    answers.push(await ('frames' in call ? frames(services, call) : reply(services, call)))
  }
  console.log(JSON.stringify(answers))
}

main()
