using MLTransfer.Models.Images;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Data;

namespace MLTransfer.Benchmarks.Accuracy;

/// <summary>A data set, how it becomes features, and the accuracy to reach.</summary>
/// <param name="Name">The folder under shared/data.</param>
/// <param name="Data">Where its rows are, relative to that folder.</param>
/// <param name="Input">The input and its backbone.</param>
/// <param name="Target">The least test accuracy.</param>
/// <param name="Peer">What scikit-learn's logistic regression reached on the same backbone's features.</param>
internal sealed record AccuracyCase(string Name, DataSource Data, FeatureInput Input, double Target, string Peer)
{
    /// <summary>The cases, in the order of the table.</summary>
    public static IReadOnlyList<AccuracyCase> All { get; } =
    [
        new("flowers", new DataSource { Train = "train", Test = "test" }, Image, 0.90, "0.88 to 0.92"),
        new("cifar10", new DataSource { Train = "train", Test = "test" }, Image with { ImageCard = WholePicture }, 0.795, "0.80"),
        new("sst2", new DataSource { Train = "train.tsv", Test = "test.tsv", Label = "label" }, Text("text"), 0.81, "0.811"),
        new("banking77", new DataSource { Train = "train.csv", Test = "test.csv", Label = "category" }, Text("text"), 0.925, "0.929"),
        new("github-issues", new DataSource { Train = "issues.tsv", Label = "Area" }, Text("Title", "Description"), 0.745, "0.748"),
    ];

    // efficientnet-lite0's card but for the shorter side: cutting an eighth off a picture of 32 pixels costs more than three points.
    private static ImagePreprocessing WholePicture => new() { Input = "pixel_values", ResizeShorterSide = 224, Mean = [127, 127, 127], Std = [128, 128, 128] };

    private static FeatureInput Image => new() { Image = DataColumns.ImagePath, Backbone = "efficientnet-lite0" };

    private static FeatureInput Text(params string[] columns) => new() { Text = new ColumnNames(columns), Backbone = "all-MiniLM-L6-v2" };
}
