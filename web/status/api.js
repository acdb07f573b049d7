/** The service as this page sees it. The token stands in the address and goes along as a bearer token. */

const TOKEN = location.pathname.split("/").pop();
const ROOT = "/api/v1/status";
const PATIENCE = 20_000;

/** The service said no: `message` is for people; `gone` when there is nothing behind the link. */
export class Refused extends Error {
  constructor(status, { message = "" } = {}) {
    super(message);
    this.gone = status === 404;
  }
}

/** No answer came; whatever was sent may be sent again. */
export class Unreachable extends Error {}

export const look = (language) => request("GET", "", language);
export const act = (what, body, language) => request("POST", `/${what}`, language, JSON.stringify(body));

export function upload(file, language) {
  const form = new FormData();
  form.append("file", file);
  return request("POST", "/files", language, form);
}

/** An id that stays the same however often one thing is sent. */
export function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function request(method, path, language, body) {
  const headers = { Authorization: `Bearer ${TOKEN}`, "Accept-Language": language };
  if (typeof body === "string") headers["Content-Type"] = "application/json";
  const signal = body instanceof FormData ? null : AbortSignal.timeout(PATIENCE);
  let response, answer;
  try {
    response = await fetch(ROOT + path, { method, headers, body, signal, cache: "no-store", credentials: "omit" });
    answer = await response.json();
  } catch {
    throw new Unreachable();
  }
  if (!response.ok) throw new Refused(response.status, answer.error);
  return answer;
}
