using Xunit.Sdk;
using Xunit.v3;

// Torch's random generator and its number of threads belong to the process: tests side by side would draw from one generator, and sums would be divided among other numbers of threads.
[assembly: Parallelization(Mode = ParallelMode.None)]
