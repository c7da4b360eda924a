// The session of this tab, and calls to the API. The token is in sessionStorage: in no cookie, and gone with the tab.
"use strict"
const SIGNED_IN = document.querySelector("[data-signed-in]") !== null

function take(name) {
  const value = sessionStorage.getItem(name)
  sessionStorage.removeItem(name)
  return value
}

class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail)
    this.status = status
    this.faults = problem.errors ?? []
  }
}

async function call(endpoint, request = {}) {
  const headers = { "content-type": "application/json" }
  if (SIGNED_IN) headers.authorization = `Bearer ${sessionStorage.getItem("token")}`
  const { response, reply } = await answer(endpoint, { method: "POST", headers, body: JSON.stringify(request) })
  if (response.ok) return reply
  if (response.status === 401 && SIGNED_IN) await signInFirst()
  throw new Refusal(response.status, reply)
}

async function answer(endpoint, request) {
  try {
    const response = await fetch(`/v1/${endpoint}`, request)
    return { response, reply: await response.json() }
  } catch {
    throw new Refusal(0, { detail: "The cloud does not answer. Try again in a moment." })
  }
}

// Leaves for the page to sign in at, which comes back here.
function signInFirst() {
  sessionStorage.removeItem("token")
  sessionStorage.setItem("next", location.pathname)
  location.replace("/console/login")
  return new Promise(() => {})
}

function enter(reply) {
  sessionStorage.setItem("token", reply.token)
  location.replace(take("next") ?? "/console")
}

