// The ways in: other providers are there if the operator has set them up.
const REASONS = {
  "/console/account": "Sign in, and you can change your account.",
  "/console/invitation": "Sign in, and you can accept the invitation.",
  "/console/email": "Sign in, and you can confirm your new e-mail.",
}

async function leaveFor(provider) {
  try {
    const { url, verifier } = await call("account/BeginLogin", { provider })
    sessionStorage.setItem("verifier", verifier)
    location.assign(url)
  } catch (error) {
    refuse(document.forms[0], error)
  }
}

function way(provider) {
  const button = document.createElement("button")
  button.type = "button"
  button.className = "button quiet"
  button.textContent = `Sign in with ${provider[0].toUpperCase()}${provider.slice(1)}`
  button.addEventListener("click", () => leaveFor(provider))
  return button
}

async function listProviders() {
  const { providers } = await call("account/ListProviders")
  const place = document.getElementById("providers")
  place.replaceChildren(...providers.map(way))
  place.hidden = providers.length === 0
}

THEN.sign = async ({ options }) => {
  enter(await call("account/FinishPasskeyLogin", { credential: await usePasskey(options) }))
}

document.getElementById("why").textContent = REASONS[sessionStorage.getItem("next")] ?? ""
listProviders().catch(() => {}) // a password will do
