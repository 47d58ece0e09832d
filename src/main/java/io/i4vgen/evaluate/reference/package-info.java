// SPDX-License-Identifier: Apache-2.0
/**
 * Checks this build's numbers against the original code's: a case folder holds {@code case.json} (its {@code kind},
 * configuration and parameters), {@code io.safetensors} (inputs and recorded outputs) and sometimes weights. A
 * {@link io.i4vgen.evaluate.reference.Check} knows one kind of case, never a particular case.
 */
package io.i4vgen.evaluate.reference;
