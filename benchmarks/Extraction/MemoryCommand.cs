using System.CommandLine;
using System.Globalization;
using MLTransfer.Benchmarks.Extraction.Images;
using MLTransfer.Benchmarks.Extraction.Texts;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Onnx;

namespace MLTransfer.Benchmarks.Extraction;

/// <summary>Peak memory of our extraction for 10,000 and for 100,000 rows.</summary>
/// <remarks>
/// The feature is a tensor of the backbone's first layer: decoding, tokenizing, batching and streaming are as always, and 100,000 rows take minutes, not hours.
/// </remarks>
internal static class MemoryCommand
{
    private static readonly int[] RowCounts = [10_000, 100_000];

    public static Command Create()
    {
        var variant = new Option<string?>("--variant") { Description = "Measure one data set in this process. The default is a table." };
        var rows = new Option<int>("--rows") { Description = "Rows of that one measurement.", DefaultValueFactory = _ => RowCounts[0] };
        var command = new Command("memory", "Peak memory of extraction as the number of rows grows.") { variant, rows };
        command.SetAction(result =>
        {
            if (result.GetValue(variant) is { } dataSet)
            {
                using IExtractionVariant measured = FirstLayer(dataSet);
                Measurement.Report(measured, result.GetValue(rows));
            }
            else
            {
                Table();
            }
        });
        return command;
    }

    private static void Table()
    {
        Console.WriteLine("| data | rows | peak MiB | × smaller | rows/s |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (string dataSet in new[] { "cifar10", "sst2" })
        {
            long first = 0;
            foreach (int rows in RowCounts)
            {
                Measurement m = Measurement.InChildProcess("memory", "--variant", dataSet, "--rows", rows.ToString(CultureInfo.InvariantCulture));
                first = first == 0 ? m.PeakBytes : first;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"| {dataSet} | {rows} | {m.PeakBytes >> 20} | {(double)m.PeakBytes / first:F2} | {m.RowsPerSecond:F0} |"));
            }
        }
    }

    private static IExtractionVariant FirstLayer(string dataSet)
    {
        if (TextSource.Names.Contains(dataSet))
        {
            // What the first layer's first product reads: the embeddings.
            string embeddings = OnnxModel.Load(Backbone.Load(TextSource.Backbone).ModelPath).Proto.Graph.Node.First(node => node.OpType == "MatMul").Input[0];
            return new BatchedTexts(dataSet, new FeatureTensor { Tensor = embeddings, Pooling = Pooling.Mean });
        }

        string convolution = OnnxModel.Load(Backbone.Load(ImageSource.BackboneName).ModelPath).Proto.Graph.Node.First(node => node.OpType == "Conv").Output[0];
        return new BatchedImages(dataSet, new FeatureTensor { Tensor = convolution, Pooling = Pooling.GlobalAverage });
    }
}
