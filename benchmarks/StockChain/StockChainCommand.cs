using System.CommandLine;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using MLTransfer.Benchmarks.Data;
using MLTransfer.Models.Images;

namespace MLTransfer.Benchmarks.StockChain;

/// <summary>What each stock image chain loses against exact preprocessing: accuracy of a linear head and mean cosine of the features.</summary>
internal static class StockChainCommand
{
    // Strong enough that the training rows are not memorised; the same for every variant.
    private static readonly float[] Regularizations = [10, 100, 1000];

    public static Command Create()
    {
        var dataSets = new Option<string[]>("--data")
        {
            Description = "Folders under shared/data with train/ and test/.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => ["flowers", "cifar10"],
        };
        var shorterSide = new Option<int>("--shorter-side") { Description = "Shorter side after the resize; the crop is 224.", DefaultValueFactory = _ => 256 };
        var command = new Command("stock-chain", "Accuracy and feature cosine of stock image chains against exact preprocessing.") { dataSets, shorterSide };
        command.SetAction(result =>
        {
            foreach (string dataSet in result.GetValue(dataSets)!)
            {
                Measure(dataSet, result.GetValue(shorterSide));
            }
        });
        return command;
    }

    private static void Measure(string dataSet, int shorterSide)
    {
        var preprocessing = new ImagePreprocessing { ResizeShorterSide = shorterSide, Mean = [127, 127, 127], Std = [128, 128, 128] };
        var train = ImageFolder.Read(Path.Combine(SharedFiles.DataSet(dataSet), "train"));
        var test = ImageFolder.Read(Path.Combine(SharedFiles.DataSet(dataSet), "test"));
        using var backbone = new InferenceSession(SharedFiles.Model("efficientnet-lite0.onnx"));
        Console.WriteLine($"{dataSet}, shorter side {shorterSide}: {train.Paths.Count} / {test.Paths.Count} images");
        Console.WriteLine("| chain | mean cosine | accuracy at L2 " + string.Join(", ", Regularizations) + " | KiB an image | ms an image |");
        Console.WriteLine("|---|---|---|---|---|");
        VariantFeatures? exact = null;
        foreach (StockImageChain? chain in Chains(preprocessing, train))
        {
            using var variant = new ImageVariant(preprocessing, chain);
            var features = VariantFeatures.Extract(backbone, variant, [.. train.Paths, .. test.Paths]);
            exact ??= features;
            string accuracies = string.Join(", ", Regularizations.Select(regularization => LinearHead.Accuracy(
                features.Rows[..train.Paths.Count], train.Labels, features.Rows[train.Paths.Count..], test.Labels, regularization).ToString("F4", CultureInfo.InvariantCulture)));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {variant.Name} | {exact.MeanCosine(features):F4} | {accuracies} | {variant.CarriedBytes / 1024} | {features.Preprocessing.TotalMilliseconds / features.Rows.Length:F2} |"));
        }
    }

    private static StockImageChain?[] Chains(ImagePreprocessing preprocessing, ImageFolder train)
    {
        int side = preprocessing.ResizeShorterSide;
        return
        [
            null,
            StockImageChain.For(preprocessing, [.. train.Paths.Select(ImageDecoder.ReadSize)]),
            Square(StockResizing.IsoCrop, side),
            Square(StockResizing.IsoCrop, 2 * side),
            Square(StockResizing.Fill, side),
            Square(StockResizing.Fill, 2 * side),
        ];
    }

    private static StockImageChain Square(StockResizing resizing, int side) => new() { ResizeWidth = side, ResizeHeight = side, Resizing = resizing };
}
