// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The samplers that there are, with their names for users and those of diffusers' classes of the same formulas. */
public enum SamplerKind {

  /** {@link Ddim}. */
  DDIM("ddim", "DDIMScheduler", Ddim::new),
  /** {@link Ddpm}. */
  DDPM("ddpm", "DDPMScheduler", (config, steps, eta) -> new Ddpm(config, steps)),
  /** {@link Euler}. */
  EULER("euler", "EulerDiscreteScheduler", (config, steps, eta) -> new Euler(config, steps)),
  /** {@link EulerAncestral}. */
  EULER_ANCESTRAL("euler-ancestral", "EulerAncestralDiscreteScheduler",
      (config, steps, eta) -> new EulerAncestral(config, steps)),
  /** {@link DpmSolver}. */
  DPM_SOLVER("dpm-solver++", "DPMSolverMultistepScheduler", (config, steps, eta) -> new DpmSolver(config, steps)),
  /** {@link UniPc}. */
  UNIPC("unipc", "UniPCMultistepScheduler", (config, steps, eta) -> new UniPc(config, steps)),
  /** {@link Lcm}. */
  LCM("lcm", "LCMScheduler", (config, steps, eta) -> new Lcm(config, steps));

  /** How one is made. */
  @FunctionalInterface
  private interface Maker {
    Scheduler make(SchedulerConfig config, int steps, double eta);
  }

  private final String key;
  private final String className;
  private final Maker maker;

  SamplerKind(String key, String className, Maker maker) {
    this.key = key;
    this.className = className;
    this.maker = maker;
  }

  /** Its name for users: {@code dpm-solver++}. */
  public String key() {
    return key;
  }

  /** Its class in diffusers: {@code _class_name} of a {@code scheduler_config.json}. */
  public String className() {
    return className;
  }

  /** The one of this name, if there is one. */
  public static Optional<SamplerKind> named(String key) {
    return Arrays.stream(values()).filter(kind -> kind.key.equals(key)).findFirst();
  }

  /** The one of this class of diffusers, if there is one. */
  static Optional<SamplerKind> ofClass(String className) {
    return Arrays.stream(values()).filter(kind -> kind.className.equals(className)).findFirst();
  }

  /** Whether it has the noise levels of Karras et al. */
  boolean hasKarras() {
    return this == EULER || this == DPM_SOLVER || this == UNIPC;
  }

  /** All names, with commas between them. */
  public static String names() {
    return Arrays.stream(values()).map(SamplerKind::key).collect(Collectors.joining(", "));
  }

  /**
   * The sampler for so many steps.
   *
   * @param eta how stochastic {@link #DDIM} is, 0 to 1; 0 with all others
   * @throws IllegalArgumentException if the grid has no room for so many steps, the configuration asks for what this
   *     sampler does not do, or eta is not for it
   */
  public Scheduler scheduler(SchedulerConfig config, int steps, double eta) {
    if (eta != 0 && this != DDIM) {
      throw new IllegalArgumentException("eta " + eta + " is for sampler ddim; " + key + " has none: leave it out");
    }
    if (config.solver().karras() && !hasKarras()) {
      throw new IllegalArgumentException("sampler " + key + " has no use_karras_sigmas, which the scheduler's"
          + " configuration asks for: take euler, dpm-solver++ or unipc");
    }
    return maker.make(config, steps, eta);
  }
}
