// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Part;
import io.i4vgen.model.Models;
import io.i4vgen.stage.StageContext;
import io.i4vgen.stage.StageRunner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.main.MainConfigurationProperties;
import org.apache.camel.spi.Registry;
import org.apache.camel.test.main.junit5.CamelMainTestSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Stages in routes that Camel copies exchanges in: no tensor dies before its route is done, and all do then. */
class StageProcessorTest extends CamelMainTestSupport {

  private final NDManager memory = NDManager.newBaseManager("PyTorch");
  private final Models models = new Models(List.of(Path.of("plugins")), memory, Device.cpu(), Optional.empty(), 0);
  private final Workshop workshop = new Workshop(
      new StageRunner(new StageContext(models, Home.SILENT, Path.of("target/{id}"))), memory.newSubManager(), 1,
      new Deadline(Duration.ofSeconds(30)), new Closing());
  private final List<Generation> gathered = new ArrayList<>();
  private int alive;

  @Override
  protected void configure(MainConfigurationProperties configuration) {
    configuration.withRoutesIncludePattern("classpath:camel/split.camel.yaml");
  }

  @Override
  protected void bindToRegistry(Registry registry) {
    registry.bind("workshop", workshop);
    registry.bind("textEncode", new StageProcessor(new FakeStages.TextEncode()));
    registry.bind("imageReward", new StageProcessor(new FakeStages.ImageReward(null)));
    registry.bind("selectAnchor", new StageProcessor(new FakeStages.SelectAnchor()));
    registry.bind("gather", (AggregationStrategy) this::gather);
    registry.bind("probe", (Processor) exchange -> alive = (int) gathered.stream()
        .map(generation -> generation.find(Part.TEXT).orElseThrow()).filter(text -> !text.isReleased())
        .mapToDouble(StageProcessorTest::sum).count());
  }

  private static double sum(NDArray tensor) {
    return tensor.sum().getFloat();
  }

  private Exchange gather(Exchange before, Exchange now) {
    gathered.add(now.getMessage().getBody(Generation.class));
    return now;
  }

  @Override
  protected CamelContext createCamelContext() throws Exception {
    CamelContext camel = super.createCamelContext();
    camel.addRoutePolicyFactory(workshop.policy());
    new GenerationConverters(workshop, new JobReader("shapes", "split")).register(camel.getTypeConverterRegistry());
    return camel;
  }

  @AfterEach
  void free() throws Exception {
    workshop.close();
    models.close();
    memory.close();
  }

  private void assertAllLivedAndDied(String route, int count) {
    Exchange done = context.createProducerTemplate().send("direct:" + route,
        exchange -> exchange.getMessage().setBody("a star,a ring,a heart"));
    assertThat(done.getException()).isNull();
    assertThat(gathered).hasSize(count);
    assertThat(alive).isEqualTo(count);
    assertThat(gathered).allMatch(generation -> !generation.memory().isOpen());
    assertThat(workshop.open()).isZero();
  }

  @Test
  void theGenerationsOfASplitLiveUntilTheWholeRouteIsDone() {
    assertAllLivedAndDied("split", 3);
  }

  @Test
  void theGenerationOfAMulticastLivesUntilTheWholeRouteIsDone() {
    assertAllLivedAndDied("branches", 2);
  }
}
