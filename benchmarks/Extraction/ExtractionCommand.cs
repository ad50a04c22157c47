using System.CommandLine;
using System.Globalization;
using MLTransfer.Benchmarks.Extraction.Images;
using MLTransfer.Benchmarks.Extraction.Texts;

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
            DefaultValueFactory = _ => ["flowers", "cifar10", .. TextSource.Names],
        };
        var rows = new Option<int>("--rows") { Description = "Rows to extract; the data set is repeated where it is shorter.", DefaultValueFactory = _ => 1000 };
        var variant = new Option<string?>("--variant") { Description = "Measure one variant in this process: floor, ours, stock or stock-padded. The default is a table of all." };
        var batchTokens = new Option<int?>("--batch-tokens") { Description = "Tokens of a batch of ours, for one variant of texts. The default is that of the estimator." };
        var command = new Command("extract", "Wall time, rows a second and peak memory of feature extraction.") { data, rows, variant, batchTokens };
        command.SetAction(result =>
        {
            string[] dataSets = result.GetValue(data)!;
            if (result.GetValue(variant) is { } one)
            {
                using IExtractionVariant measured = Create(dataSets[0], one, result.GetValue(batchTokens));
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
            string[] variants = TextSource.Names.Contains(dataSet) ? ["floor", "ours", "stock", "stock-padded", "floor"] : ["floor", "ours", "stock", "floor"];
            foreach (string variant in variants)
            {
                Measurement m = Measurement.InChildProcess("extract", "--data", dataSet, "--variant", variant, "--rows", rows.ToString(CultureInfo.InvariantCulture));
                floor = floor == 0 ? m.Seconds : floor;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {dataSet} | {variant} | {m.Rows} | {m.Seconds:F2} | {m.RowsPerSecond:F1} | {m.Seconds / floor:F2} | {m.PeakBytes >> 20} | {m.Note} |"));
            }
        }
    }

    private static IExtractionVariant Create(string dataSet, string variant, int? batchTokens) => (variant, TextSource.Names.Contains(dataSet)) switch
    {
        ("floor", false) => new BareImageLoop(dataSet),
        ("stock", false) => new StockImageChainVariant(dataSet),
        ("ours", false) => new BatchedImages(dataSet),
        ("floor", true) => new BareTextLoop(dataSet),
        ("stock", true) => new StockTextChain(dataSet, isPadded: false),
        ("stock-padded", true) => new StockTextChain(dataSet, isPadded: true),
        ("ours", true) => new BatchedTexts(dataSet, batchTokens: batchTokens),
        _ => throw new ArgumentException($"There is no variant {variant}. Expected floor, ours, stock or, for texts, stock-padded."),
    };
}
