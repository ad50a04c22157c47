using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Inference;

namespace MLTransfer.Pipelines.Features;

/// <summary>
/// Rows with a feature column, computed in batches while they are read. One cursor runs ahead over the input columns of a batch; a second one keeps
/// step with the features and gives the other columns, so nothing is held but the batch.
/// </summary>
internal sealed class FeatureDataView : IDataView
{
    private readonly IDataView _input;
    private readonly Func<IDataView, IEnumerable<FeatureResult>> _extract;
    private readonly int _featureColumn;

    /// <param name="input">The rows.</param>
    /// <param name="schema">The schema with the feature column as its last one.</param>
    /// <param name="extract">From rows to features, in order.</param>
    public FeatureDataView(IDataView input, DataViewSchema schema, Func<IDataView, IEnumerable<FeatureResult>> extract)
    {
        _input = input;
        _extract = extract;
        Schema = schema;
        _featureColumn = schema.Count - 1;
    }

    /// <inheritdoc/>
    public DataViewSchema Schema { get; }

    /// <inheritdoc/>
    /// <remarks>False: two cursors in step need rows in a fixed order.</remarks>
    public bool CanShuffle => false;

    /// <inheritdoc/>
    public long? GetRowCount() => _input.GetRowCount();

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        HashSet<int> active = [.. columnsNeeded.Select(static column => column.Index)];
        DataViewRowCursor rows = _input.GetRowCursor(_input.Schema.Where(column => active.Contains(column.Index)));
        IEnumerator<FeatureResult>? features = active.Contains(_featureColumn) ? _extract(_input).GetEnumerator() : null;
        return new Cursor(Schema, active, rows, features, _featureColumn);
    }

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(
        DataViewSchema schema, HashSet<int> active, DataViewRowCursor rows, IEnumerator<FeatureResult>? features, int featureColumn) : DataViewRowCursor
    {
        private float[] _features = [];

        public override DataViewSchema Schema => schema;

        public override long Position => rows.Position;

        public override long Batch => rows.Batch;

        public override bool MoveNext()
        {
            bool more = rows.MoveNext();
            if (features is null)
            {
                return more;
            }

            if (features.MoveNext() != more)
            {
                throw new InvalidOperationException(
                    $"The rows changed while their features were computed: the second reading gave {(more ? "more" : "fewer")} of them.");
            }

            if (!more)
            {
                return false;
            }

            if (features.Current.Error is { } error)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
            }

            _features = features.Current.Features!;
            return true;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => rows.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (column.Index != featureColumn)
            {
                return rows.GetGetter<TValue>(rows.Schema[column.Index]);
            }

            if (features is null)
            {
                throw new InvalidOperationException($"Column '{column.Name}' is not active in this cursor.");
            }

            ValueGetter<VBuffer<float>> getter = Get;
            return getter as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"Column '{column.Name}' holds VBuffer<float>, not {typeof(TValue)}.");
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                rows.Dispose();
                features?.Dispose();
            }

            base.Dispose(disposing);
        }

        private void Get(ref VBuffer<float> value)
        {
            VBufferEditor<float> editor = VBufferEditor.Create(ref value, _features.Length);
            _features.CopyTo(editor.Values);
            value = editor.Commit();
        }
    }
}
