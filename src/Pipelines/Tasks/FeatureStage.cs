using Microsoft.ML;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Data;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Runs the backbones over rows and keeps the vectors of all inputs side by side.</summary>
internal sealed class FeatureStage(IReadOnlyList<FeatureExtractor> extractors, RowErrorPolicy onError, string labelColumn, string workFolder)
{
    /// <summary>Length of the joined vector.</summary>
    public int Dimension { get; } = extractors.Sum(static extractor => extractor.Dimension);

    /// <summary>Rows that turned out to be broken here.</summary>
    public BrokenRows Broken { get; } = new(onError);

    /// <summary>Extracts the features of all rows of a set.</summary>
    /// <param name="rows">The rows, with label and key.</param>
    /// <param name="progress">Told of the rows of each input as they are computed.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <exception cref="UserException">A row is broken and the policy is <see cref="RowErrorPolicy.Fail"/>.</exception>
    public FeatureTable Run(IDataView rows, IProgress<int> progress, CancellationToken cancellation)
    {
        var table = new FeatureTable(workFolder, Dimension);
        List<IEnumerator<FeatureResult>> sources = [];
        try
        {
            foreach (FeatureExtractor extractor in extractors)
                sources.Add(extractor.Extract(rows, progress, cancellation).GetEnumerator());
            Fill(table, rows, sources);
            return table;
        }
        catch
        {
            table.Dispose();
            throw;
        }
        finally
        {
            sources.ForEach(static source => source.Dispose());
        }
    }

    private void Fill(FeatureTable table, IDataView rows, List<IEnumerator<FeatureResult>> sources)
    {
        DataViewSchema.Column? label = rows.Schema.GetColumnOrNull(labelColumn);
        DataViewSchema.Column key = rows.Schema[DataColumns.RowKey];
        using DataViewRowCursor cursor = rows.GetRowCursor(label is { } column ? [column, key] : [key]);
        ValueGetter<ReadOnlyMemory<char>>? getLabel = label is { } there ? cursor.GetGetter<ReadOnlyMemory<char>>(there) : null;
        ValueGetter<ReadOnlyMemory<char>> getKey = cursor.GetGetter<ReadOnlyMemory<char>>(key);
        ReadOnlyMemory<char> labelText = default, keyText = default;
        float[] vector = new float[Dimension];
        while (cursor.MoveNext())
        {
            getLabel?.Invoke(ref labelText);
            getKey(ref keyText);
            Exception? error = Next(sources, vector);
            if (error is UserException mistake)
                Broken.Reject(keyText.ToString(), mistake);
            else if (error is not null)
                throw error; // What the machine does wrong is not the row's fault.
            else
                table.Add(keyText.ToString(), labelText.ToString(), vector);
        }
    }

    private static Exception? Next(List<IEnumerator<FeatureResult>> sources, float[] vector)
    {
        int offset = 0;
        Exception? error = null;
        foreach (IEnumerator<FeatureResult> source in sources)
        {
            if (!source.MoveNext())
                throw new IOException("The data changed while their features were computed: the second reading gave fewer rows");
            if (source.Current.Features is not { } features)
            {
                error ??= source.Current.Error;
                continue;
            }
            features.CopyTo(vector, offset);
            offset += features.Length;
        }
        return error ?? (vector.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue)
            ? new UserException("the backbone gave a feature that is not a finite number")
            : null);
    }
}
