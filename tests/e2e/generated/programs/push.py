"""Push one delivery with a client made by openapi-generator for Python: `push.py BASE_URL CLIENT_ID SECRET FILE`."""

import sys
from pathlib import Path

import bangfu_client as bangfu

base_url, client_id, secret, file = sys.argv[1:]
configuration = bangfu.Configuration(host=base_url)
with bangfu.ApiClient(configuration) as client:
    token = bangfu.AccessApi(client).issue_token("client_credentials", client_id=client_id, client_secret=secret)
    configuration.access_token = token.access_token
    deliveries = bangfu.DeliveriesApi(client)
    delivery = deliveries.open_delivery(bangfu.DeliveryIn(dataset="DS-MED-ENROL", period="2026-10"))
    part = deliveries.put_delivery_part(delivery.id, 1, Path(file).read_bytes(), _content_type="application/x-ndjson")
    commit = bangfu.SharingCommitIn.from_dict({"parts": [{"number": part.number, "sha256": part.sha256}]})
    receipt = deliveries.commit_delivery(delivery.id, commit)
    print(receipt.receipt_no)
