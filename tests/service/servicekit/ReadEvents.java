import com.fasterxml.jackson.databind.ObjectMapper;
import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.CloudEventDeserializer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** A subscriber in Java: reads N events of a topic with the CloudEvents SDK and prints each as a line of JSON. */
public class ReadEvents {
    public static void main(String[] arguments) throws Exception {
        var topic = arguments[1];
        var wanted = Integer.parseInt(arguments[2]);
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", arguments[0], "group.id", "java-" + topic, "auto.offset.reset", "earliest");
        var json = new ObjectMapper();
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new CloudEventDeserializer())) {
            consumer.subscribe(List.of(topic));
            for (var read = 0; read < wanted; ) {
                for (var record : consumer.poll(Duration.ofSeconds(1))) {
                    CloudEvent event = record.value();
                    var told = new TreeMap<String, Object>();
                    for (var name : event.getAttributeNames()) {
                        told.put(name, event.getAttribute(name).toString());
                    }
                    for (var name : event.getExtensionNames()) {
                        told.put(name, event.getExtension(name).toString());
                    }
                    told.put("data", json.readTree(new String(event.getData().toBytes(), StandardCharsets.UTF_8)));
                    System.out.println(json.writeValueAsString(told));
                    read++;
                }
            }
        }
    }
}
