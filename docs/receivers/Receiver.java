import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A subscriber's receiver of Bangfu's webhooks: {@code java Receiver.java PORT < secret}. Java 17, no other library.
 * It prints each event once, as a line of JSON: there goes what you do with it.
 */
public class Receiver {
  static final long TOLERANCE_S = 300;
  static final int MOST_BYTES = 20_000;

  /** What has come. Keep it in your database instead, in the transaction that acts on the event. */
  static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

  /** What stands before the 32 bytes of an Ed25519 key in its X.509 form (RFC 8410). */
  static final byte[] ED25519 = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

  /**
   * Whether the body is Bangfu's and not an old one: Standard Webhooks 1.0.0, v1 and v1a. Secrets are whsec_..., or the
   * public keys whpk_...; two while a rotation lasts.
   */
  static boolean isGenuine(List<String> secrets, String id, String sentAt, String signatures, byte[] body, long nowS)
      throws GeneralSecurityException {
    if (id == null || sentAt == null || signatures == null || !sentAt.matches("\\d{1,12}")) return false;
    if (Math.abs(nowS - Long.parseLong(sentAt)) > TOLERANCE_S) return false;
    byte[] head = (id + "." + sentAt + ".").getBytes(StandardCharsets.UTF_8);
    for (String secret : secrets) {
      for (String given : signatures.split(" ")) {
        if (fits(secret, head, body, given)) return true;
      }
    }
    return false;
  }

  /** Whether a signature is of this secret, by the one kind that the secret is for. */
  static boolean fits(String secret, byte[] head, byte[] body, String given) throws GeneralSecurityException {
    byte[] signature;
    try {
      signature = Base64.getDecoder().decode(given.replaceFirst("^v1a?,", ""));
    } catch (IllegalArgumentException error) {
      return false;
    }
    byte[] key = Base64.getDecoder().decode(secret.replaceFirst("^(whsec_|whpk_)", ""));
    if (given.startsWith("v1,") && secret.startsWith("whsec_")) {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      mac.update(head);
      return MessageDigest.isEqual(mac.doFinal(body), signature);
    }
    if (given.startsWith("v1a,") && secret.startsWith("whpk_") && signature.length == 64) {
      byte[] encoded = Arrays.copyOf(ED25519, ED25519.length + key.length);
      System.arraycopy(key, 0, encoded, ED25519.length, key.length);
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded)));
      verifier.update(head);
      verifier.update(body);
      return verifier.verify(signature);
    }
    return false;
  }

  /** Answers at once; whatever takes long belongs behind a queue. */
  static void serve(HttpExchange exchange, List<String> secrets) throws IOException {
    byte[] body = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
    var headers = exchange.getRequestHeaders();
    String id = headers.getFirst("webhook-id");
    int status;
    try {
      if (body.length > MOST_BYTES) {
        status = 413;
      } else if (!isGenuine(
          secrets,
          id,
          headers.getFirst("webhook-timestamp"),
          headers.getFirst("webhook-signature"),
          body,
          Instant.now().getEpochSecond())) {
        status = 401;
      } else {
        if (SEEN.add(id)) { // the webhook-id is the event's id, at every attempt
          System.out.println(new String(body, StandardCharsets.UTF_8));
        }
        status = 204;
      }
    } catch (GeneralSecurityException error) {
      status = 500;
    }
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  public static void main(String[] arguments) throws IOException {
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    List<String> secrets = List.of(input.readLine().split(" "));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])), 0);
    server.createContext("/", exchange -> serve(exchange, secrets));
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.start();
    System.err.println("listening");
  }
}
