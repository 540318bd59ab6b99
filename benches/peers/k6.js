// What a k6 user would write: the same POST, and a token signed with WebCrypto where asked.
import http from "k6/http";
import encoding from "k6/encoding";

const closed = { executor: "constant-vus", vus: Number(__ENV.VUS), duration: `${__ENV.SECONDS}s` };
const open = {
  executor: "constant-arrival-rate", rate: Number(__ENV.RATE), timeUnit: "1s",
  duration: `${__ENV.SECONDS}s`, preAllocatedVUs: 256,
};
export const options = {
  scenarios: { only: __ENV.MODE === "closed" ? closed : open },
  summaryTrendStats: ["med", "p(99)", "max"],
};

const pem = __ENV.SIGN ? open_key() : null;
const headers = JSON.parse(__ENV.HEADERS);
const text = (s) => Uint8Array.from([...s].map((c) => c.charCodeAt(0)));
let key = null;

function open_key() {
  const body = globalThis.open(__ENV.KEY).replace(/-----[^-]+-----|\s/g, "");
  return encoding.b64decode(body);
}

async function token() {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  if (key === null) key = await crypto.subtle.importKey("pkcs8", pem, algorithm, false, ["sign"]);
  const now = Math.floor(Date.now() / 1000);
  const url = (s) => encoding.b64encode(s, "rawurl");
  const signed =
    url('{"kid":"peer","typ":"JWT","alg":"RS256"}') + "." +
    url(JSON.stringify({ iss: "i", sub: "s", aud: "a", nbf: now, iat: now, exp: now + 300 }));
  const signature = await crypto.subtle.sign(algorithm, key, text(signed));
  return signed + "." + url(signature);
}

export default async function () {
  const all = pem === null ? headers : { ...headers, Authorization: `Bearer ${await token()}` };
  http.post(__ENV.URL, __ENV.BODY, { headers: all });
}
