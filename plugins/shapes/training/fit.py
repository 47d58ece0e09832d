# SPDX-License-Identifier: Apache-2.0
"""The one training loop of all stages: AdamW, warm-up, cosine decay over time, a moving average of the parameters."""
import math
import time

import torch


class Fit:
    """Runs step() -> loss for a number of seconds and leaves the averaged parameters in the networks.

    `groups` are (parameters, share of the learning rate) pairs. On a GPU the whole step can be one CUDA graph: at these
    widths launching the kernels one by one takes several times longer than running them."""

    def __init__(self, ws, name, groups, lr, step, decay=0.999, warm=200, weight_decay=0.01, floor=0.02):
        self.ws, self.name, self.lr, self.step = ws, name, lr, step
        self.decay, self.warm, self.floor = decay, warm, floor
        groups = [([p for p in params if p.requires_grad], share) for params, share in groups]
        self.params = [p for params, _ in groups for p in params]
        self.rates = [torch.tensor(0.0, device=ws.dev) for _ in groups]
        self.shares = [share for _, share in groups]
        self.optimizer = torch.optim.AdamW(
            [{"params": params, "lr": rate if ws.graph else 0.0} for (params, _), rate in zip(groups, self.rates)],
            lr=0.0, betas=(0.9, 0.99), weight_decay=weight_decay, fused=ws.cuda, capturable=ws.graph)
        self.average = [p.detach().clone() for p in self.params]
        self.total = torch.zeros((), device=ws.dev)

    def update(self):
        loss = self.step()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.params, 1.0)
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.average, [p.detach() for p in self.params], 1 - self.decay)
            self.total.add_(loss.detach())

    def prepare(self):
        """A callable that does one update."""
        if not self.ws.graph:
            return self.update
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.update()
                self.optimizer.zero_grad(set_to_none=True)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.update()
        torch.cuda.synchronize()
        return graph.replay

    def schedule(self, n, share_done):
        rate = self.lr * min(1, (n + 1) / self.warm)
        rate *= self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * share_done))
        if not self.ws.graph:
            self.optimizer.zero_grad(set_to_none=True)
        for group, tensor, share in zip(self.optimizer.param_groups, self.rates, self.shares):
            if self.ws.graph:
                tensor.fill_(rate * share)
            else:
                group["lr"] = rate * share

    def run(self, seconds, every=1000):
        begin = time.time()
        advance = self.prepare()
        self.ws.log(self.name, f"prepared in {time.time() - begin:.1f}s")
        self.total.zero_()
        begin, n, seen = time.time(), 0, 0
        while (done := (time.time() - begin) / seconds) < 1 and not (self.ws.tiny and n >= 3):
            self.schedule(n, done)
            advance()
            n, seen = n + 1, seen + 1
            if n == 4 * self.warm:  # the average starts here
                torch._foreach_copy_(self.average, [p.detach() for p in self.params])
            if n % 50 == 0 and self.ws.cuda:
                torch.cuda.synchronize()
            if n % every == 0:
                speed = n / (time.time() - begin)
                self.ws.log(self.name, f"step {n} loss {self.total.item() / seen:.4f} {speed:.1f}/s")
                self.total.zero_()
                seen = 0
        self.finish(n, time.time() - begin)

    def finish(self, n, seconds):
        with torch.no_grad():
            if n > 4 * self.warm:
                torch._foreach_copy_([p.data for p in self.params], self.average)
            for p in self.params:
                p.grad = None
        self.ws.log(self.name, f"done: {n} steps, {n / seconds:.1f}/s")
