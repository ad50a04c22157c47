using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace MLTransfer.Benchmarks.Micro;

/// <summary>BenchmarkDotNet on single steps.</summary>
internal static class MicroCommand
{
    public static Command Create()
    {
        var command = new Command("micro", "Single steps under BenchmarkDotNet.");
        command.SetAction(_ =>
        {
            // In process: a generated project of its own would not build under central package versions.
            ManualConfig config = ManualConfig.Create(DefaultConfig.Instance).AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
            BenchmarkRunner.Run<ImagePreprocessingBenchmarks>(config);
        });
        return command;
    }
}
