package cn.bangfu;

import cn.bangfu.api.AccessApi;
import cn.bangfu.api.DeliveriesApi;
import cn.bangfu.model.DeliveryIn;
import cn.bangfu.model.PartClaim;
import cn.bangfu.model.SharingCommitIn;
import java.io.File;
import java.util.Collections;
import java.util.UUID;

/** Push one delivery with a client made by openapi-generator for Java: BASE_URL CLIENT_ID SECRET FILE. */
public final class Push {
  public static void main(String[] args) throws ApiException {
    ApiClient client = new ApiClient();
    client.setBasePath(args[0]);
    client.setAccessToken(
        new AccessApi(client)
            .issueToken("client_credentials", null, args[1], args[2], null, null, null, null, null)
            .getAccessToken());
    DeliveriesApi deliveries = new DeliveriesApi(client);
    DeliveryIn wanted = new DeliveryIn().dataset("DS-MED-ENROL").period("2026-10");
    UUID id = UUID.fromString(deliveries.openDelivery(wanted, null).getId());
    String sha256 = deliveries.putDeliveryPart(id, 1, new File(args[3]), null, null).getSha256();
    PartClaim claim = new PartClaim().number(1).sha256(sha256);
    SharingCommitIn commit = new SharingCommitIn().parts(Collections.singletonList(claim));
    System.out.println(deliveries.commitDelivery(id, commit).getReceiptNo());
  }
}
