using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Rows of a <see cref="FeatureTable"/> for ML.NET's trainers; they may be read in a random order.</summary>
internal sealed class FeatureTableView : IDataView
{
    /// <summary>The column of the label.</summary>
    public const string Label = "Label";

    /// <summary>The column of the feature vector.</summary>
    public const string Features = "Features";

    /// <summary>The column of the row's name.</summary>
    public const string RowKey = "RowKey";

    private readonly FeatureTable _table;
    private readonly IReadOnlyList<int> _rows;

    public FeatureTableView(FeatureTable table, IReadOnlyList<int> rows)
    {
        _table = table;
        _rows = rows;
        var schema = new DataViewSchema.Builder();
        schema.AddColumn(Label, TextDataViewType.Instance);
        schema.AddColumn(Features, new VectorDataViewType(NumberDataViewType.Single, table.Dimension));
        schema.AddColumn(RowKey, TextDataViewType.Instance);
        Schema = schema.ToSchema();
    }

    /// <inheritdoc/>
    public DataViewSchema Schema { get; }

    /// <inheritdoc/>
    public bool CanShuffle => true;

    /// <inheritdoc/>
    public long? GetRowCount() => _rows.Count;

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        IReadOnlyList<int> order = _rows;
        if (rand is not null)
        {
            int[] shuffled = [.. _rows];
            rand.Shuffle(shuffled);
            order = shuffled;
        }
        return new Cursor(this, order, [.. columnsNeeded.Select(static column => column.Index)]);
    }

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(FeatureTableView view, IReadOnlyList<int> order, HashSet<int> active) : DataViewRowCursor
    {
        private int _position = -1;

        public override DataViewSchema Schema => view.Schema;

        public override long Position => _position < order.Count ? _position : -1;

        public override long Batch => 0;

        private int Row => order[_position];

        public override bool MoveNext()
        {
            if (_position < order.Count)
                _position++;
            return _position < order.Count;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)Row, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Delegate getter = column.Index switch
            {
                0 => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = view._table.Labels[Row].AsMemory()),
                1 => (ValueGetter<VBuffer<float>>)GetFeatures,
                2 => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = view._table.Keys[Row].AsMemory()),
                _ => throw new ArgumentOutOfRangeException(nameof(column), column.Name, "There is no such column."),
            };
            return getter as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"Column '{column.Name}' holds {column.Type}, not {typeof(TValue)}.");
        }

        private void GetFeatures(ref VBuffer<float> value)
        {
            VBufferEditor<float> editor = VBufferEditor.Create(ref value, view._table.Dimension);
            view._table.Read(Row, editor.Values);
            value = editor.Commit();
        }
    }
}
