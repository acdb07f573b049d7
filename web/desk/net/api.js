/** The desk's HTTP interface (docs/protocol/console.md): JSON in, JSON out, errors as `ApiError` or `Unreachable`. */

import { learn } from "../state/clock.js";
import { language, t } from "../i18n/index.js";

const ROOT = new URL("api/", document.baseURI);
/** Longer than any answer takes; a line that died silently gives none. Uploads may take their time. */
const PATIENCE = 20_000;
const FILE_PATIENCE = 120_000;

/** The service said no. `code` is for programs, `message` for people, `field` names the input to blame. */
export class ApiError extends Error {
  constructor(status, { code = "internal", message = t("error.internal"), field = "", ...extra } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
    this.extra = extra;
  }
}

/** No answer came: whether the service acted is unknown, so only what may be repeated is tried again. */
export class Unreachable extends Error {
  constructor() {
    super(t("error.unreachable"));
  }
}

let csrf = "";
let onRefused = () => {};
let onProof = async () => false;

/** Codes that stand in the way of everything: the session is over, or one step of the log-in is still to come. */
const STAGES = ["signed_out", "must_change", "must_enrol", "awaits_code"];

/** `listener(code)` hears one of them. */
export function whenRefused(listener) {
  onRefused = listener;
}

/** `listener()` resolves to whether the agent has proved who they are, so that what was refused is tried again. */
export function whenProofNeeded(listener) {
  onProof = listener;
}

export function useToken(token) {
  csrf = token;
}

export const get = (path, options) => request("GET", path, undefined, options);
export const post = (path, body = {}, options) => request("POST", path, body, options);
export const put = (path, body) => request("PUT", path, body);
export const patch = (path, body) => request("PATCH", path, body);
export const del = (path) => request("DELETE", path);

/** The address of a path under the interface with those of `params` that are set. */
export function withParams(path, params) {
  const set = Object.entries(params).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return set.length ? `${path}?${new URLSearchParams(set)}` : path;
}

export function socketAddress() {
  const url = new URL(`socket?language=${language()}`, ROOT);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}

/** For answers of JSON lines: `heard(line)` gets each as it comes. */
export async function lines(path, heard) {
  const response = await send("GET", path, undefined, { patience: FILE_PATIENCE });
  if (!response.ok) throw new ApiError(response.status, (await decode(response))?.error);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Unreachable();
    });
    if (done) return;
    const whole = (rest + value).split("\n");
    rest = whole.pop();
    for (const line of whole.map((text) => JSON.parse(text))) {
      if (line.error) throw new ApiError(500, line.error);
      heard(line);
    }
  }
}

/** `patience` in ms, for what takes the service long. */
async function request(method, path, body, { signal, patience = PATIENCE, retried = false } = {}) {
  const response = await send(method, path, body, { signal, patience });
  const answer = await decode(response);
  if (response.ok) return answer;
  const error = new ApiError(response.status, answer?.error);
  if (error.code === "csrf" && !retried) {
    useToken((await request("GET", "me")).csrf);
    return request(method, path, body, { signal, patience, retried: true });
  }
  if (error.code === "prove" && !retried && (await onProof())) {
    return request(method, path, body, { signal, patience, retried: true });
  }
  if (STAGES.includes(error.code)) onRefused(error.code);
  throw error;
}

/** A file the service makes, for the agent to keep. */
export async function file(path, retried = false) {
  const response = await send("GET", path, undefined, { patience: FILE_PATIENCE });
  if (response.ok) return response.blob();
  const error = new ApiError(response.status, (await decode(response))?.error);
  if (error.code === "prove" && !retried && (await onProof())) return file(path, true);
  if (STAGES.includes(error.code)) onRefused(error.code);
  throw error;
}

async function send(method, path, body, { signal, patience }) {
  const headers = { Accept: "application/json", "Accept-Language": language() };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  const upload = body instanceof FormData;
  const limits = [signal, upload ? null : AbortSignal.timeout(patience)].filter(Boolean);
  if (body !== undefined && !upload) headers["Content-Type"] = "application/json";
  try {
    return await fetch(new URL(path, ROOT), {
      method,
      headers,
      body: body === undefined || upload ? body : JSON.stringify(body),
      signal: limits.length ? AbortSignal.any(limits) : null,
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Unreachable();
  }
}

async function decode(response) {
  learn(response.headers.get("Date"));
  const text = await response.text().catch(() => {
    throw new Unreachable();
  });
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    if (response.status >= 500) return null;
    throw new ApiError(response.status);
  }
}
