// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.Generation;
import io.i4vgen.generation.GenerationFile;
import io.i4vgen.generation.Job;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.TypeConverter;
import org.apache.camel.spi.TypeConverterRegistry;
import org.apache.camel.support.SimpleTypeConverter;

/**
 * What Camel converts by itself wherever a route asks for another type: a generation to and from the bytes of its file
 * (so {@code convertBodyTo: byte[]} and a {@code file:} endpoint make a checkpoint, and a queue between two steps
 * splits a pipeline over machines), a job, a prompt or a map to a generation.
 */
final class GenerationConverters {

  private final Workshop workshop;
  private final JobReader reader;

  GenerationConverters(Workshop workshop, JobReader reader) {
    this.workshop = workshop;
    this.reader = reader;
  }

  void register(TypeConverterRegistry registry) {
    add(registry, byte[].class, Generation.class, (generation, exchange) -> GenerationFile.write(generation));
    add(registry, InputStream.class, Generation.class,
        (generation, exchange) -> new ByteArrayInputStream(GenerationFile.write(generation)));
    add(registry, Generation.class, byte[].class, workshop::read);
    add(registry, Generation.class, InputStream.class, (file, exchange) -> workshop.read(bytes(file), exchange));
    add(registry, Generation.class, Job.class, workshop::begin);
    add(registry, Generation.class, String.class, (text, exchange) -> workshop.begin(job(text, exchange), exchange));
    add(registry, Generation.class, Map.class, (map, exchange) -> workshop.begin(job(map, exchange), exchange));
    add(registry, Job.class, String.class, this::job);
    add(registry, Job.class, Map.class, this::job);
  }

  /** A route may have a model of its own. */
  private JobReader reader(Exchange exchange) {
    String model = exchange.getVariable(RouteFile.MODEL, String.class);
    return model == null ? reader : new JobReader(model, reader.route());
  }

  private Job job(String text, Exchange exchange) {
    return reader(exchange).read(text, Source.message("message", text, exchange.getExchangeId())).job();
  }

  private Job job(Map<?, ?> map, Exchange exchange) {
    return reader(exchange).read(map, Source.message("message", "", exchange.getExchangeId())).job();
  }

  private static byte[] bytes(InputStream file) {
    try (file) {
      return file.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("reading a generation's file", e);
    }
  }

  /** One way from a type to another. */
  private interface Way<F, T> {
    T convert(F from, Exchange exchange);
  }

  private static <F, T> void add(TypeConverterRegistry registry, Class<T> to, Class<F> from, Way<F, T> way) {
    TypeConverter converter = new SimpleTypeConverter(false,
        (type, exchange, value) -> way.convert(from.cast(value), exchange));
    registry.addTypeConverter(to, from, converter);
  }
}
