using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLTransfer.Pipelines.Features;

/// <summary>No rows of a given schema: estimators that learn nothing want to see a schema all the same.</summary>
/// <param name="schema">The schema.</param>
internal sealed class EmptyRows(DataViewSchema schema) : IDataView
{
    /// <inheritdoc/>
    public DataViewSchema Schema => schema;

    /// <inheritdoc/>
    public bool CanShuffle => false;

    /// <inheritdoc/>
    public long? GetRowCount() => 0;

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(schema);

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [new Cursor(schema)];

    private sealed class Cursor(DataViewSchema schema) : DataViewRowCursor
    {
        public override DataViewSchema Schema => schema;

        public override long Position => -1;

        public override long Batch => 0;

        public override bool MoveNext() => false;

        public override bool IsColumnActive(DataViewSchema.Column column) => false;

        public override ValueGetter<DataViewRowId> GetIdGetter() => static (ref DataViewRowId _) => throw new InvalidOperationException("There is no row.");

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            static (ref TValue _) => throw new InvalidOperationException("There is no row.");
    }
}
