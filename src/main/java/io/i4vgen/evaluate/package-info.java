// SPDX-License-Identifier: Apache-2.0
/** Compares pipelines: each makes the same prompts from the same noise, and a judge says what came of them. */
package io.i4vgen.evaluate;
