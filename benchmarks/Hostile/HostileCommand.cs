using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Runtime;
using MLTransfer.FineTuning.Tests.Import;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using TorchSharp;

namespace MLTransfer.Benchmarks.Hostile;

/// <summary>Time and memory that files made to do harm take until they are refused.</summary>
internal static class HostileCommand
{
    public static Command Create()
    {
        Option<int> nodes = new("--nodes") { Description = "Sound nodes around what is wrong.", DefaultValueFactory = _ => 2_000 };
        Command command = new("hostile", "Time and memory until a hostile file is refused; the file has 8 MiB of sound weights.") { nodes };
        command.SetAction(result => Measure(result.GetValue(nodes)));
        return command;
    }

    private static void Measure(int nodes)
    {
        TorchRuntime.EnsureAvailable();
        string folder = Directory.CreateTempSubdirectory("mltransfer-hostile-").FullName;
        try
        {
            Console.WriteLine("| file | bytes | ms | peak memory / bytes | managed, allocated in all / bytes | error |");
            Console.WriteLine("|---|---|---|---|---|---|");
            foreach (HostileFile file in HostileFile.All)
            {
                string path = Path.Combine(folder, "model.onnx");
                File.WriteAllBytes(path, file.Bytes(3));
                Refuse(path); // code is compiled, the library is loaded
                File.WriteAllBytes(path, file.Bytes(nodes));
                Console.WriteLine(Row(file, path));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Row(HostileFile file, string path)
    {
        long size = new FileInfo(path).Length;
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        File.WriteAllText("/proc/self/clear_refs", "5"); // the peak begins anew
        long before = Status("VmRSS:");
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        long start = Stopwatch.GetTimestamp();
        string message = Refuse(path);
        double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        long peak = Status("VmHWM:") - before;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        bool says = file.Says.All(part => message.Contains(part, StringComparison.Ordinal));
        return string.Create(CultureInfo.InvariantCulture, $"| {file.Kind} | {size:N0} | {time:0} | {(double)peak / size:0.0} | {(double)allocated / size:0.0} | {(says ? string.Empty : "NOT AS EXPECTED: ")}{message[..Math.Min(160, message.Length)].Replace(path, "…", StringComparison.Ordinal)} |");
    }

    private static string Refuse(string path)
    {
        try
        {
            using OnnxModule module = OnnxModule.Import(OnnxModel.Load(path));
            using DisposeScope scope = torch.NewDisposeScope();
            module.call(new Dictionary<string, torch.Tensor> { ["x"] = torch.ones(2, 5) });
            return "none: it ran";
        }
        catch (UserException exception)
        {
            return exception.Message;
        }
    }

    private static long Status(string field) => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").Single(line => line.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1].Split('\t')[^1],
        CultureInfo.InvariantCulture);
}
