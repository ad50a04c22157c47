using Xunit.Sdk;
using Xunit.v3;

// Torch's random generator, which tests make their tensors with, and its number of threads belong to the process: side by side they would draw from one generator, and sums would be divided among other numbers of threads.
[assembly: Parallelization(Mode = ParallelMode.None)]
