// A subscriber's receiver of Bangfu's webhooks: `node receiver.mjs PORT < secret`. Node.js 20, no other library.
// It prints each event once, as a line of JSON: there goes what you do with it.
import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const TOLERANCE_S = 300;
const MOST_BYTES = 20_000;

// Whether the body is Bangfu's and not an old one: Standard Webhooks 1.0.0, `v1` and `v1a`.
// `secrets` are `whsec_...`, or the public keys `whpk_...`; two while a rotation lasts.
export function isGenuine(secrets, headers, body, nowS) {
  const id = headers['webhook-id'] ?? '';
  const sentAt = headers['webhook-timestamp'] ?? '';
  if (id === '' || !/^\d{1,12}$/.test(sentAt) || Math.abs(nowS - Number(sentAt)) > TOLERANCE_S) return false;
  const signed = Buffer.concat([Buffer.from(`${id}.${sentAt}.`), body]);
  const given = (headers['webhook-signature'] ?? '').split(' ').map((item) => item.split(','));
  return secrets.some((secret) => given.some(([kind, signature]) => fits(secret, signed, kind, signature ?? '')));
}

// Whether a signature is of this secret, by the one kind that the secret is for.
function fits(secret, signed, kind, signature) {
  const one = Buffer.from(signature, 'base64');
  const key = Buffer.from(secret.replace(/^(whsec_|whpk_)/, ''), 'base64');
  if (kind === 'v1' && secret.startsWith('whsec_')) {
    const wanted = createHmac('sha256', key).update(signed).digest();
    return one.length === wanted.length && timingSafeEqual(one, wanted);
  }
  if (kind === 'v1a' && secret.startsWith('whpk_')) {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') };
    return verify(null, signed, createPublicKey({ key: jwk, format: 'jwk' }), one);
  }
  return false;
}

// What has come. Keep it in your database instead, in the transaction that acts on the event.
const seen = new Set();
function take(event) {
  if (seen.has(event.id)) return false;
  seen.add(event.id);
  return true;
}

// Answers at once; whatever takes long belongs behind a queue.
function serve(secrets, port) {
  createServer((request, response) => {
    const parts = [];
    let size = 0;
    request.on('data', (part) => {
      size += part.length;
      if (size <= MOST_BYTES) parts.push(part);
    });
    request.on('end', () => {
      const body = Buffer.concat(parts);
      let status = 204;
      if (size > MOST_BYTES) status = 413;
      else if (!isGenuine(secrets, request.headers, body, Date.now() / 1000)) status = 401;
      else {
        const event = JSON.parse(body.toString('utf8'));
        if (take(event)) console.log(JSON.stringify(event));
      }
      response.writeHead(status, { 'content-length': '0' }).end();
    });
  }).listen(port, '127.0.0.1', () => console.error('listening'));
}

serve(readFileSync(0, 'utf8').split('\n')[0].split(' '), Number(process.argv[2]));
