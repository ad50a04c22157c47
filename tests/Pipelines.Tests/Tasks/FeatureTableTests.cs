using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Pipelines.Tasks;

namespace MLTransfer.Pipelines.Tests.Tasks;

public sealed class FeatureTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void View_AllRows_GivesWhatWasAdded()
    {
        using FeatureTable table = Filled(5);

        Row[] rows = Read(table.View());

        Assert.Equal(["k0", "k1", "k2", "k3", "k4"], rows.Select(row => row.RowKey));
        Assert.Equal(["a", "b", "a", "b", "a"], rows.Select(row => row.Label));
        Assert.All(rows.Select((row, index) => (row, index)), entry => Assert.Equal([entry.index, entry.index + 0.5f, -entry.index], entry.row.Features));
    }

    [Fact]
    public void View_ChosenRows_KeepsTheirOrder()
    {
        using FeatureTable table = Filled(5);

        Assert.Equal(["k3", "k0"], Read(table.View([3, 0])).Select(row => row.RowKey));
    }

    [Fact]
    public void View_ShuffledByMLNet_HasEachRowOnceWithItsOwnFeatures()
    {
        using FeatureTable table = Filled(200);
        var ml = new MLContext(1);

        Row[] rows = Read(ml.Data.ShuffleRows(table.View(), seed: 3, shufflePoolSize: 1, shuffleSource: true));

        Assert.NotEqual(Enumerable.Range(0, 200).Select(row => $"k{row}"), rows.Select(row => row.RowKey));
        Assert.Equal(200, rows.Select(row => row.RowKey).Distinct().Count());
        Assert.All(rows, row => Assert.Equal(int.Parse(row.RowKey[1..], System.Globalization.CultureInfo.InvariantCulture), row.Features[0]));
    }

    [Fact]
    public void Dispose_TemporaryFile_IsGone()
    {
        FeatureTable table = Filled(3);
        Assert.NotEmpty(Directory.GetFiles(_folder.Path));

        table.Dispose();

        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Add_OtherLength_IsRefused()
    {
        using FeatureTable table = new(_folder.Path, 3);

        Assert.Throws<ArgumentException>(() => table.Add("k", "a", [1f, 2f]));
    }

    private FeatureTable Filled(int rows)
    {
        FeatureTable table = new(_folder.Path, 3);
        for (int row = 0; row < rows; row++)
            table.Add($"k{row}", row % 2 == 0 ? "a" : "b", [row, row + 0.5f, -row]);
        return table;
    }

    private static Row[] Read(IDataView view) => [.. new MLContext().Data.CreateEnumerable<Row>(view, reuseRowObject: false)];

    private sealed class Row
    {
        public string RowKey { get; set; } = "";

        public string Label { get; set; } = "";

        [VectorType(3)]
        public float[] Features { get; set; } = [];
    }
}
