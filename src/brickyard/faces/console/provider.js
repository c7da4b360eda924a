// The way back from another provider. What it says stands in the query, and leaves the address at once.
async function finish() {
  const said = new URLSearchParams(location.search)
  const verifier = take("verifier")
  history.replaceState(null, "", location.pathname)
  try {
    if (!said.get("code")) throw new Refusal(0, { detail: "The provider has not signed you in." })
    if (!verifier) throw new Refusal(0, { detail: "This sign-in was not begun in this tab." })
    THEN.enter(await call("account/FinishLogin", { state: said.get("state"), code: said.get("code"), verifier }))
  } catch (error) {
    document.querySelector("#failed .refusal").textContent = error.message
    show("failed")
  }
}

finish()
