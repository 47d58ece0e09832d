// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Step;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.activemq.artemis.jms.client.ActiveMQMessage;

/** JMS messages as jobs, and results as JSON. */
final class Messages {

  private static final JsonMapper JSON = new JsonMapper();

  private Messages() {}

  /** What tells a message from all others, the same each time it is delivered, also after a restart. */
  static String key(Message message) throws JMSException {
    if (message.getJMSMessageID() == null && message instanceof ActiveMQMessage artemis) {
      return "message-" + artemis.getCoreMessage().getMessageID();
    }
    return String.valueOf(message.getJMSMessageID());
  }

  /**
   * What the sender wrote: a text, bytes or a map. Serialized objects are never opened: they could run code.
   *
   * @throws BadJob if the message is of another kind, or too long
   */
  static Object body(Message message) throws JMSException {
    if (message instanceof TextMessage text) {
      return text.getText() == null ? "" : text.getText();
    }
    if (message instanceof BytesMessage bytes) {
      return bytes(bytes);
    }
    if (message instanceof MapMessage map) {
      return map(map);
    }
    throw new BadJob("the message is no text: send the prompt, or JSON, as a text message");
  }

  private static byte[] bytes(BytesMessage message) throws JMSException {
    if (message.getBodyLength() > JobReader.LIMIT) {
      throw new BadJob("the message has %d bytes: a job has %d at most".formatted(
          message.getBodyLength(), JobReader.LIMIT));
    }
    byte[] bytes = new byte[(int) message.getBodyLength()];
    message.reset();
    message.readBytes(bytes);
    return bytes;
  }

  private static Map<String, Object> map(MapMessage message) throws JMSException {
    Map<String, Object> map = new LinkedHashMap<>();
    for (Object name : Collections.list(message.getMapNames())) {
      map.put(name.toString(), message.getObject(name.toString()));
    }
    return map;
  }

  /** What came of a job, for the program that asked for it. */
  static String json(Outcome outcome) {
    Job job = outcome.job();
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("id", job.id());
    reply.put("status", "done");
    reply.put("file", outcome.file().map(Object::toString).orElse(null));
    reply.put("prompt", job.prompt());
    reply.put("seed", job.seed());
    reply.put("model", job.model());
    reply.put("route", outcome.route());
    reply.put("anchor", outcome.anchor().orElse(null));
    reply.put("rewards", outcome.rewards());
    reply.put("steps", outcome.provenance().stream().map(Messages::step).toList());
    return json(reply);
  }

  private static Map<String, Object> step(Step step) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("stage", step.stage());
    map.put("options", step.options());
    return map;
  }

  static String json(Map<String, Object> map) {
    try {
      return JSON.writeValueAsString(map);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a map of texts and numbers is JSON", e);
    }
  }
}
