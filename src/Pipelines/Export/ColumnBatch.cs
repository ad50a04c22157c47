using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLTransfer.Pipelines.Export;

/// <summary>Values of a column, row after row, as a tensor whose first axis is the rows.</summary>
internal abstract class ColumnBatch
{
    /// <summary>Rows since the last <see cref="Clear"/>.</summary>
    public int Rows { get; private set; }

    /// <summary>Reads a column of texts, floats or bytes, numbers or vectors.</summary>
    /// <exception cref="NotSupportedException">The column holds something else.</exception>
    public static ColumnBatch Create(DataViewRow row, DataViewSchema.Column column)
    {
        DataViewType item = column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
        long[] dims = column.Type is VectorDataViewType { Dimensions: var known } ? [.. known.Select(static dim => (long)dim)] : [];
        if (column.Type is TextDataViewType)
        {
            return new Texts(row.GetGetter<ReadOnlyMemory<char>>(column));
        }

        return item.RawType == typeof(float) ? Of<float>(row, column, dims)
            : item.RawType == typeof(byte) ? Of<byte>(row, column, dims)
            : throw new NotSupportedException($"Column '{column.Name}' holds {column.Type}, which no exported graph reads or gives.");
    }

    /// <summary>Reads the current row.</summary>
    public void Add()
    {
        Rows++;
        Read();
    }

    /// <summary>Forgets all rows.</summary>
    public void Clear()
    {
        Rows = 0;
        Forget();
    }

    /// <summary>The rows as a tensor.</summary>
    public abstract OrtValue ToTensor(int rows);

    private protected abstract void Read();

    private protected abstract void Forget();

    private static Numbers<T> Of<T>(DataViewRow row, DataViewSchema.Column column, long[] dims)
        where T : unmanaged
    {
        if (column.Type is VectorDataViewType)
        {
            ValueGetter<VBuffer<T>> get = row.GetGetter<VBuffer<T>>(column);
            VBuffer<T> buffer = default;
            return new Numbers<T>(dims, values =>
            {
                get(ref buffer);
                values.AddRange(buffer.DenseValues());
            });
        }

        ValueGetter<T> one = row.GetGetter<T>(column);
        T value = default;
        return new Numbers<T>(dims, values =>
        {
            one(ref value);
            values.Add(value);
        });
    }

    /// <summary>Texts, <c>[rows, 1]</c>.</summary>
    internal sealed class Texts(ValueGetter<ReadOnlyMemory<char>> get) : ColumnBatch
    {
        private ReadOnlyMemory<char> _text;

        /// <summary>The texts.</summary>
        public List<string> Values { get; } = [];

        /// <inheritdoc/>
        public override OrtValue ToTensor(int rows) => OrtValue.CreateFromStringTensor(new DenseTensor<string>(Values.ToArray(), [rows, 1]));

        private protected override void Read()
        {
            get(ref _text);
            Values.Add(_text.ToString());
        }

        private protected override void Forget() => Values.Clear();
    }

    /// <summary>Numbers, <c>[rows, …dims]</c>.</summary>
    internal sealed class Numbers<T>(long[] dims, Action<List<T>> read) : ColumnBatch
        where T : unmanaged
    {
        /// <summary>The numbers of all rows.</summary>
        public List<T> Values { get; } = [];

        /// <inheritdoc/>
        public override OrtValue ToTensor(int rows) => OrtValue.CreateTensorValueFromMemory(Values.ToArray(), [rows, .. dims]);

        private protected override void Read() => read(Values);

        private protected override void Forget() => Values.Clear();
    }
}
