using System.CommandLine;
using System.Globalization;
using MLTransfer.Benchmarks.Extraction.Images;

namespace MLTransfer.Benchmarks.Extraction;

/// <summary>End-to-end extraction against the stock ML.NET chain and against the bare ONNX Runtime loop, each in a process of its own.</summary>
internal static class ExtractionCommand
{
    public static Command Create()
    {
        var data = new Option<string[]>("--data")
        {
            Description = "Data sets under shared/data.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => ["flowers", "cifar10"],
        };
        var rows = new Option<int>("--rows") { Description = "Rows to extract; the data set is repeated where it is shorter.", DefaultValueFactory = _ => 1000 };
        var variant = new Option<string?>("--variant") { Description = "Measure one variant in this process: floor, stock or ours. The default is a table of all." };
        var command = new Command("extract", "Wall time, rows a second and peak memory of feature extraction.") { data, rows, variant };
        command.SetAction(result =>
        {
            string[] dataSets = result.GetValue(data)!;
            if (result.GetValue(variant) is { } one)
            {
                using IExtractionVariant measured = Create(dataSets[0], one);
                Measurement.Report(measured, result.GetValue(rows));
            }
            else
            {
                Table(dataSets, result.GetValue(rows));
            }
        });
        return command;
    }

    private static void Table(string[] dataSets, int rows)
    {
        Console.WriteLine("| data | variant | rows | seconds | rows/s | × floor | peak MiB | |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (string dataSet in dataSets)
        {
            double floor = 0;
            foreach (string variant in new[] { "floor", "ours", "stock", "floor" })
            {
                Measurement m = Measurement.InChildProcess("extract", "--data", dataSet, "--variant", variant, "--rows", rows.ToString(CultureInfo.InvariantCulture));
                floor = floor == 0 ? m.Seconds : floor;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {dataSet} | {variant} | {m.Rows} | {m.Seconds:F2} | {m.RowsPerSecond:F1} | {m.Seconds / floor:F2} | {m.PeakBytes >> 20} | {m.Note} |"));
            }
        }
    }

    private static IExtractionVariant Create(string dataSet, string variant) => variant switch
    {
        "floor" => new BareImageLoop(dataSet),
        "stock" => new StockImageChainVariant(dataSet),
        "ours" => new WorkerImages(dataSet, Environment.ProcessorCount, 1, 8),
        "w2-1-1" => new WorkerImages(dataSet, 2, 1, 1),
        "w2-1-4" => new WorkerImages(dataSet, 2, 1, 4),
        "w2-1-16" => new WorkerImages(dataSet, 2, 1, 16),
        "w3-2-8" => new WorkerImages(dataSet, 3, 2, 8),
        _ => throw new ArgumentException($"There is no variant {variant}. Expected floor, stock or ours."),
    };
}
