// Push one delivery with the client that openapi-generator made for TypeScript: push.js BASE_URL CLIENT_ID SECRET FILE.
import { readFileSync } from "node:fs";
import { AccessApi, Configuration, DeliveriesApi } from "./index";

async function main([basePath, clientId, clientSecret, file]: string[]): Promise<void> {
  const access = new AccessApi(new Configuration({ basePath }));
  const token = await access.issueToken({ grantType: "client_credentials", clientId, clientSecret });
  const deliveries = new DeliveriesApi(new Configuration({ basePath, accessToken: `Bearer ${token.accessToken}` }));
  const delivery = await deliveries.openDelivery({ deliveryIn: { dataset: "DS-MED-ENROL", period: "2026-10" } });
  const part = await deliveries.putDeliveryPart({
    deliveryId: delivery.id,
    number: 1,
    body: new Blob([readFileSync(file)]),
  });
  const receipt = await deliveries.commitDelivery({
    deliveryId: delivery.id,
    sharingCommitIn: { parts: [{ number: part.number, sha256: part.sha256 }] },
  });
  console.log(receipt.receiptNo);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
