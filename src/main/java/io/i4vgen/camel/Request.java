// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.Job;

/**
 * A job, and the pipeline that it wants.
 *
 * @param job what to make
 * @param route id of the route that makes it
 */
public record Request(Job job, String route) {}
