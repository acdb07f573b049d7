/** HTTP calls to the service: JSON in, JSON out, errors as `ApiError`. */

/** `status` 0 means that no answer came. `retryAfter` is in seconds, or 0. */
export class ApiError extends Error {
  constructor(status, { code = "", message = "" } = {}, retryAfter = 0) {
    super(message);
    Object.assign(this, { status, code, retryAfter });
  }
}

export class Api {
  /** `base` is the folder widget.js was loaded from. */
  constructor(base) {
    this.base = base;
  }

  url(path) {
    return new URL(path, this.base).href;
  }

  /** `path` below api/v1/web/; `timeout` in milliseconds. Throws `ApiError`, or an abort when `signal` fires. */
  async call(path, { method = "GET", body, token, signal, timeout = 15000 } = {}) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeout);
    const stop = () => abort.abort();
    signal?.addEventListener("abort", stop);
    try {
      const response = await fetch(this.url(`api/v1/web/${path}`), {
        method,
        credentials: "omit",
        cache: "no-store",
        headers: { ...(body && { "Content-Type": "application/json" }), ...(token && { Authorization: `Bearer ${token}` }) },
        body: body && JSON.stringify(body),
        signal: abort.signal,
      });
      const answer = await response.json().catch(() => ({}));
      if (response.ok) return answer;
      throw new ApiError(response.status, answer.error, Number(response.headers.get("Retry-After")) || 0);
    } catch (error) {
      throw error instanceof ApiError ? error : new ApiError(0, { message: String(error) });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }

  /** Sends a file; `onProgress(share)` gets 0…1. XMLHttpRequest because fetch tells no upload progress. */
  upload(file, token, onProgress, signal) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const form = new FormData();
      form.append("file", file, file.name);
      request.open("POST", this.url("api/v1/web/attachments"));
      request.setRequestHeader("Authorization", `Bearer ${token}`);
      request.responseType = "json";
      request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
      request.onload = () => {
        if (request.status === 201) resolve(request.response);
        else reject(new ApiError(request.status, request.response?.error));
      };
      request.onerror = request.onabort = () => reject(new ApiError(0));
      signal.addEventListener("abort", () => request.abort());
      request.send(form);
    });
  }
}
