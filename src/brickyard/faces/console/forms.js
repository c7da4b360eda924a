// Forms: each calls its endpoint with its fields, and says in the API's words why it was refused.
const THEN = {
  enter(reply) {
    if (!reply.challenge) return enter(reply)
    document.querySelector("#second-factor [name=challenge]").value = reply.challenge
    show("second-factor")
  },
}
const KEPT = `code of ${location.pathname}`

function show(step) {
  for (const each of document.querySelectorAll(".step")) each.hidden = each.id !== step
  focusFirst(document.getElementById(step))
}

function focusFirst(place) {
  const ones = [...place.querySelectorAll("input, button, a")]
  ones.find((each) => each.type !== "hidden" && each.offsetParent)?.focus()
}

async function submit(event) {
  event.preventDefault()
  const form = event.target
  if (form.ariaBusy === "true") return
  form.ariaBusy = "true"
  forgive(form)
  try {
    const reply = await call(form.dataset.endpoint, Object.fromEntries(new FormData(form)))
    await goOn(form, reply)
  } catch (error) {
    refuse(form, error)
  } finally {
    form.ariaBusy = "false"
    sessionStorage.removeItem(KEPT)
  }
}

function forgive(form) {
  form.querySelector(".refusal").textContent = ""
  for (const each of form.elements) each.removeAttribute("aria-invalid")
}

function refuse(form, error) {
  form.querySelector(".refusal").textContent = error.message
  if (error.status === 403) askForProof(form)
  const faulty = (error.faults ?? []).map((each) => form.elements[each.pointer.slice(1)]).filter(Boolean)
  for (const each of faulty) each.setAttribute("aria-invalid", "true")
  faulty[0]?.focus()
}

// Whoever signed in just now need not give the password again; the API says who has to.
function askForProof(form) {
  const proof = form.querySelector("[data-proof]")
  if (!proof) return
  proof.hidden = false
  proof.querySelector("input").focus()
}

// What was given in one step need not be given again in the next.
function goOn(form, reply) {
  if (form.dataset.then in THEN) return THEN[form.dataset.then](reply, form)
  for (const [name, value] of new FormData(form)) {
    for (const each of document.querySelectorAll(`.step[hidden] [name=${name}]`)) each.value = value
    for (const each of document.querySelectorAll(`[data-said=${name}]`)) each.textContent = value
  }
  show(form.dataset.then)
}

// The code of a letter stands behind the # of its link. It leaves the address at once, and is kept only where one has
// to sign in first.
function takeCode() {
  const linked = new URLSearchParams(location.hash.slice(1)).get("code")
  if (linked) history.replaceState(null, "", location.pathname)
  if (linked && SIGNED_IN) sessionStorage.setItem(KEPT, linked)
  if (SIGNED_IN && !sessionStorage.getItem("token")) return signInFirst()
  const code = linked ?? sessionStorage.getItem(KEPT)
  const field = document.querySelector("[data-letter]")
  if (!code || !field) return
  field.value = code
  field.closest("label").hidden = true
  for (const each of document.querySelectorAll(".sent")) each.hidden = true
  show(field.closest(".step").id)
}

addEventListener("submit", submit)
addEventListener("hashchange", takeCode)
const slip = document.querySelector(".slip")
if (slip) focusFirst(slip)
takeCode()
