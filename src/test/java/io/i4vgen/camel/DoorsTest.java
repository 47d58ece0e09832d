// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.BadJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.main.MainConfigurationProperties;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.UnitOfWorkHelper;
import org.apache.camel.test.main.junit5.CamelMainTestSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoorsTest extends CamelMainTestSupport {

  @TempDir
  Path folder;

  @Override
  protected void configure(MainConfigurationProperties configuration) {
    configuration.withRoutesIncludePattern("false"); // none of the tests' routes
  }

  @Test
  void countsAJobBeforeItIsCheckedBecauseTheCheckMayKillTheProcess() throws Exception {
    Map<String, Processor> steps = steps((route, job, files) -> {
      assertThat(folder.resolve("attempts")).isNotEmptyDirectory();
      throw new BadJob("refused");
    }, new Deadline(Duration.ofSeconds(30)));
    Exchange exchange = drop(new DefaultExchange(context), "a red star");
    assertThatThrownBy(() -> steps.get("readFile").process(exchange)).isInstanceOf(BadJob.class);
    UnitOfWorkHelper.doneSynchronizations(exchange, exchange.getExchangeExtension().handoverCompletions());
    assertThat(folder.resolve("attempts")).isEmptyDirectory();
  }

  @Test
  void blamesNoJobThatAShutdownHasInterruptedBeforeCamelSaysSo() {
    Deadline deadline = new Deadline(Duration.ZERO);
    Processor report = steps((route, job, files) -> job, deadline).get("report");
    Exchange exchange = new DefaultExchange(context);
    Exception failure = new IllegalStateException("a stage", new InterruptedException("sleep interrupted"));
    exchange.setProperty(Exchange.EXCEPTION_CAUGHT, failure);
    assertThatCode(() -> report.process(exchange)).doesNotThrowAnyException();
    deadline.begin();
    assertThat(context.getShutdownStrategy().isForceShutdown()).isFalse();
    assertThatThrownBy(() -> report.process(exchange)).isInstanceOf(ShuttingDown.class).hasCause(failure);
  }

  private Map<String, Processor> steps(Doors.Check check, Deadline deadline) {
    Map<String, Processor> steps = new HashMap<>();
    new Doors(new JobReader(route -> "shapes", "i4vgen"), check, new Attempts(folder.resolve("attempts"), 3),
        (delivery, route, job) -> Optional.empty(), folder, deadline).bind(steps::put);
    return steps;
  }

  private Exchange drop(Exchange exchange, String prompt) throws Exception {
    Path file = Files.writeString(folder.resolve("star.txt"), prompt);
    exchange.getMessage().setBody(Files.readAllBytes(file));
    exchange.getMessage().setHeader(Exchange.FILE_NAME_ONLY, file.getFileName().toString());
    exchange.getMessage().setHeader(Exchange.FILE_PATH, file.toString());
    return exchange;
  }

  @Test
  void aPromptOfSeveralLinesIsOneInTheLog() {
    assertThat(Causes.oneLine("a red star \r\n\n  a blue disc\n")).isEqualTo("a red star a blue disc");
  }
}
