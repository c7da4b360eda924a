// The account, its projects with what each may spend, and keys.
function element(kind, text, className = "") {
  const made = document.createElement(kind)
  made.textContent = text
  made.className = className
  return made
}

async function balance(project) {
  try {
    const { available, tier } = await call("billing/Balance", { project: project.id })
    return tier === "owner" ? "calls cost nothing" : `$${available} to spend`
  } catch (error) {
    if (error.status === 403 || error.status === 404) return "its bill is not yours to see"
    throw error
  }
}

function card(project, money) {
  const made = element("li", "", "card")
  const about = element("p", "")
  about.append(element("code", project.id))
  made.append(element("b", project.name), " ", element("span", project.role, "tag"), element("p", money), about)
  return made
}

async function load() {
  const [profile, { projects }] = await Promise.all([call("account/Get"), call("project/List")])
  const kept = projects.filter((each) => !each.deleted_at)
  const money = await Promise.all(kept.map(balance))
  document.getElementById("account").textContent = profile.email || profile.name
  document.getElementById("projects").replaceChildren(...kept.map((each, index) => card(each, money[index])))
  document.querySelector("[name=project]").replaceChildren(...kept.map((each) => new Option(each.name, each.id)))
}

THEN.key = ({ key }, form) => {
  document.getElementById("key").textContent = key
  document.getElementById("made").hidden = false
  copy.textContent = "Copy"
  form.reset()
}
THEN.leave = () => {
  sessionStorage.clear()
  location.replace("/console/login")
}

const copy = document.getElementById("copy")
copy.hidden = !navigator.clipboard // browsers have none but on HTTPS and localhost
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(document.getElementById("key").textContent)
  copy.textContent = "Copied"
})

if (sessionStorage.getItem("token")) {
  load().catch((error) => (document.getElementById("trouble").textContent = error.message))
}
