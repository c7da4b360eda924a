// The account, and what can be changed of it.
async function load() {
  const profile = await call("account/Get")
  document.getElementById("account").textContent = profile.email || profile.name
  if (!profile.has_password) askForNoPassword()
  await listPasskeys()
}

function askForNoPassword() {
  for (const place of [document, passkey.content]) {
    for (const each of place.querySelectorAll("[data-proof]")) each.remove()
  }
}

async function listPasskeys() {
  const { passkeys } = await call("account/ListPasskeys")
  document.getElementById("passkeys").replaceChildren(...passkeys.map(card))
}

function card({ id, name, created_at, used_at }) {
  const made = passkey.content.cloneNode(true)
  made.querySelector(".named").textContent = name || "Passkey without a name"
  made.querySelector(".known").textContent = `Made ${day(created_at)}, ${used_at ? `used ${day(used_at)}` : "never used"}`
  made.querySelector("[name=id]").value = id
  return made
}

function day(time) {
  return new Date(time).toLocaleDateString(undefined, { dateStyle: "medium" })
}

THEN.make = async ({ options }, form) => {
  const credential = await makePasskey(options)
  await call("account/FinishPasskey", { credential, name: form.querySelector("[data-later=name]").value })
  form.reset()
  await listPasskeys()
}
THEN.removed = listPasskeys

async function signInAgain(event) {
  event.preventDefault()
  try {
    await call("account/Logout")
    signInFirst()
  } catch (error) {
    tell(error)
  }
}

function tell(error) {
  document.getElementById("trouble").textContent = error.message
}

const passkey = document.getElementById("passkey")
document.getElementById("again").addEventListener("click", signInAgain)
if (sessionStorage.getItem("token")) load().catch(tell)
