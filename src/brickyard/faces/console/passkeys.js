// Passkeys: the browser makes them and signs with them. Why it did not is said in plain words: its own are for programs.
const NOT_MADE = {
  NotAllowedError: "No passkey was made: its dialog was closed, or took too long.",
  InvalidStateError: "This device has a passkey of your account already.",
}
const NOT_USED = {
  NotAllowedError: "No passkey signed you in: its dialog was closed or took too long, or there is none of yours.",
}
const ADDRESS = /^[\d.]+$|:/

function makePasskey(options) {
  return ask(options.rp.id, NOT_MADE, () => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
    return navigator.credentials.create({ publicKey })
  })
}

function usePasskey(options) {
  return ask(options.rpId, NOT_USED, () => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
    return navigator.credentials.get({ publicKey })
  })
}

async function ask(host, reasons, act) {
  const lacking = whatIsLacking()
  if (lacking) throw new Refusal(0, { detail: lacking })
  try {
    return (await act()).toJSON()
  } catch (error) {
    const detail = error.name === "SecurityError" ? elsewhere(host) : reasons[error.name]
    throw new Refusal(0, { detail: detail ?? `The browser has failed at the passkey: ${error.message}` })
  }
}

function whatIsLacking() {
  if (!isSecureContext) return "Browsers have passkeys only on pages that come by HTTPS, and on localhost."
  const able = window.PublicKeyCredential?.parseCreationOptionsFromJSON
  return able ? "" : "This browser cannot do this with passkeys. Its newest version may, or another browser."
}

// Passkeys belong to the host at which people reach the cloud, and browsers take only a name for one.
function elsewhere(host) {
  if (!ADDRESS.test(host)) return `The passkeys of this cloud work at ${host} only: open the console there.`
  const local = `http://localhost${location.port && `:${location.port}`}`
  const remedy = `Its operator gives it a name by BRICKYARD_PUBLIC_URL: on a laptop ${local} will do.`
  return `Browsers have passkeys for names only, and this cloud is at an address, ${host}. ${remedy}`
}
