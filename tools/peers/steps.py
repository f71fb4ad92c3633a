"""Whole training steps (forward, backward, Adam) against PyTorch, taking turns on one machine with the same threads.

    python tools/peers/steps.py fashion-mnist/resnet8 text/gpt-tiny [--threads 1] [--rounds 20] [--compile]

Needs PyTorch, whatever version is installed, and a Node that builds this project. Prints the median step of each and
their ratio; below 1 the project is faster.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Block(nn.Module):
    """Two 3x3 convolutions with batch norm; a strided 1x1 convolution where the shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        inner = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(inner)) + self.shortcut(x))


class ResNet8(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.blocks = nn.Sequential(Block(8, 8, 1), Block(8, 16, 2), Block(16, 32, 2))
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        hidden = F.relu(self.bn1(self.conv1(x)))
        return self.fc(self.blocks(hidden).mean((2, 3)))


class DecoderLayer(nn.Module):
    """Pre-norm causal attention and a GELU perceptron of ratio 4."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x):
        batch, context, width = x.shape
        q, k, v = (
            part.view(batch, context, self.heads, width // self.heads).transpose(1, 2)
            for part in self.qkv(self.norm1(x)).chunk(3, -1)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, context, width))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self, vocabulary, context, width=64, layers=2, heads=4):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(0.1 * torch.randn(context, width))
        self.layers = nn.Sequential(*(DecoderLayer(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, x):
        return self.head(self.norm(self.layers(self.tokens(x) + self.positions)))


class Perceptron(nn.Sequential):
    def __init__(self, *widths):
        pairs = list(zip(widths, widths[1:]))
        layers = [nn.Flatten()]
        for i, (inputs, outputs) in enumerate(pairs):
            layers += [nn.Linear(inputs, outputs)] + ([nn.ReLU()] if i + 1 < len(pairs) else [])
        super().__init__(*layers)


def network(facts):
    """The network of a workload and one random batch for it."""
    name, batch = facts["name"], facts["batch"]
    fields = {field["field"]: field for field in facts["fields"]}
    if name == "text/gpt-tiny":
        (context,) = fields["x"]["shape"]
        vocabulary = fields["label"]["classes"]
        x, label = torch.randint(vocabulary, (2, batch, context))
        return Transformer(vocabulary, context), x, label
    if name == "fashion-mnist/resnet8":
        return ResNet8(), torch.randn(batch, 1, 28, 28), torch.randint(10, (batch,))
    if name == "fashion-mnist/mlp":
        return Perceptron(784, 256, 256, 10), torch.randn(batch, 28, 28), torch.randint(10, (batch,))
    sys.exit(f"There is no PyTorch form of the workload {name}.")


def stepper(facts, compiled):
    """A function that takes one step with Adam."""
    model, x, label = network(facts)
    parameters = sum(p.numel() for p in model.parameters())
    if parameters != facts["parameters"]:
        sys.exit(f"{facts['name']}: {parameters} parameters in PyTorch, {facts['parameters']} here: not the same network.")
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    run = torch.compile(model) if compiled else model

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(run(x).flatten(0, -2), label.flatten()).backward()
        optimizer.step()

    return step


def compare(workload, threads, rounds, compiled):
    command = ["npm", "run", "--silent", "perf", "--", "serve", workload, "--threads", str(threads)]
    ours = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for line in ours.stdout:
        if line.startswith("ready "):
            facts = json.loads(line.removeprefix("ready "))
            break
    else:
        sys.exit(f"npm run perf -- serve {workload} did not start.")
    step = stepper(facts, compiled)
    times = {"ours": [], "torch": []}
    for turn in range(-2, rounds):
        ours.stdin.write("20\n")
        ours.stdin.flush()
        mine = json.loads(ours.stdout.readline())
        theirs = []
        for _ in range(20):
            begin = time.perf_counter()
            step()
            theirs.append(1000 * (time.perf_counter() - begin))
        if turn >= 0:
            times["ours"] += mine
            times["torch"] += theirs
    ours.stdin.close()
    ours.wait()
    mine, theirs = (statistics.median(times[key]) for key in ("ours", "torch"))
    form = "torch.compile" if compiled else "eager"
    print(
        f"{workload}, batch {facts['batch']}, {threads} thread(s), PyTorch {torch.__version__} {form}: "
        f"{mine:.3f} ms against {theirs:.3f} ms, ratio {mine / theirs:.2f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="+")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--compile", action="store_true", help="torch.compile the network")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for each in options.workloads:
        compare(each, options.threads, options.rounds, options.compile)
