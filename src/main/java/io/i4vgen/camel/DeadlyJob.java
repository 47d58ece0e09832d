// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

/** The process has died over a job as often as it may: nobody can say what is wrong, so the job is put aside. */
public final class DeadlyJob extends RuntimeException {

  private static final long serialVersionUID = 1;

  DeadlyJob(String message) {
    super(message);
  }
}
