using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLTransfer.Pipelines.Tests.Heads;

/// <summary>Rows of a few classes: clouds around points of a sphere.</summary>
internal static class Clouds
{
    public const int Dimension = 12;

    public static readonly string[] Names = ["apple", "banana", "cherry", "date"];

    /// <param name="ml">The context of the view.</param>
    /// <param name="classes">How many of <see cref="Names"/>.</param>
    /// <param name="rows">How many rows, dealt to the classes in turn.</param>
    /// <param name="spread">The standard deviation of a feature; the centres lie about 3 apart.</param>
    /// <param name="seed">Chooses the rows; the centres are the same for all seeds.</param>
    public static IDataView View(MLContext ml, int classes, int rows, double spread = 0.5, int seed = 1) =>
        ml.Data.LoadFromEnumerable(Rows(classes, rows, spread, seed));

    public static Row[] Rows(int classes, int rows, double spread = 0.5, int seed = 1)
    {
        var centres = new Random(7);
        double[][] means = [.. Enumerable.Range(0, classes).Select(_ => Enumerable.Range(0, Dimension).Select(_ => Gaussian(centres) * 0.6 + 2).ToArray())];
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(row => new Row
        {
            Label = Names[row % classes],
            Features = [.. means[row % classes].Select(mean => (float)(mean + spread * Gaussian(random)))],
        })];
    }

    private static double Gaussian(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    internal sealed class Row
    {
        public string Label { get; set; } = "";

        [VectorType(Dimension)]
        public float[] Features { get; set; } = [];
    }

    internal sealed class Unlabelled
    {
        [VectorType(Dimension)]
        public float[] Features { get; set; } = [];
    }
}
