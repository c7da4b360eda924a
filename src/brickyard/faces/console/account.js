// The account, and what can be changed of it.
async function load() {
  const profile = await call("account/Get")
  document.getElementById("account").textContent = profile.email || profile.name
  if (profile.has_password) return
  for (const each of document.querySelectorAll("[data-proof]")) each.remove() // there is none to give
}

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

document.getElementById("again").addEventListener("click", signInAgain)
if (sessionStorage.getItem("token")) load().catch(tell)
