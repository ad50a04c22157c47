using System.CommandLine;
using System.Diagnostics;

namespace MLTransfer.Benchmarks.TrainingStep;

/// <summary>A training step in TorchSharp against ONNX Runtime's forward pass of the same file and batch, in turns.</summary>
internal static class TrainingStepCommand
{
    public static Command Create()
    {
        Option<string[]> cases = new("--case")
        {
            Description = $"What to measure: {string.Join(", ", TrainingStepCase.All.Select(static entry => entry.Name))}. All, each in a process of its own, without the option.",
        };
        Option<int> steps = new("--steps") { Description = "Steps that are measured, after two that are not.", DefaultValueFactory = _ => 7 };
        Option<bool> alone = new("--alone") { Description = "Without ONNX Runtime, so that the peak memory is that of training." };
        Option<bool> channelsFirst = new("--channels-first") { Description = "Convolutions in the layout of the file." };
        Option<bool> bfloat16 = new("--bfloat16") { Description = "Matrix products, convolutions and attention in bfloat16." };
        Option<bool> plain = new("--plain") { Description = "Without rewrites." };
        Command command = new("training-step", "A training step against ONNX Runtime's forward pass.") { cases, steps, alone, channelsFirst, bfloat16, plain };
        command.SetAction(result =>
        {
            string[] chosen = result.GetValue(cases) is { Length: > 0 } given ? given : [.. TrainingStepCase.All.Select(static entry => entry.Name)];
            if (chosen.Length == 1)
            {
                TrainingStepSettings settings = new(
                    result.GetValue(steps), result.GetValue(alone), !result.GetValue(channelsFirst), result.GetValue(bfloat16), !result.GetValue(plain));
                Console.WriteLine(TrainingStepRun.Measure(TrainingStepCase.All.Single(entry => entry.Name == chosen[0]), settings));
                return;
            }

            Console.WriteLine("| case | ONNX Runtime forward, ms | step, ms | ratio | target | PyTorch | peak memory, MiB |");
            Console.WriteLine("|---|---|---|---|---|---|---|");
            string[] options = [.. Environment.GetCommandLineArgs().Skip(1).Where(argument => argument != "--case" && !chosen.Contains(argument))];
            foreach (string name in chosen)
            {
                // The peak memory of a process is that of its largest case.
                ProcessStartInfo start = new(Environment.ProcessPath!, [.. options, "--case", name]);
                using Process process = Process.Start(start)!;
                process.WaitForExit();
            }
        });
        return command;
    }
}
