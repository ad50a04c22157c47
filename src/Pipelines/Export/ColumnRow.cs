using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLTransfer.Pipelines.Export;

/// <summary>The value of a column in the current row, as a tensor whose first axis is one row.</summary>
internal abstract class ColumnRow
{
    /// <summary>Reads a column of texts, floats or bytes; numbers or vectors.</summary>
    /// <exception cref="NotSupportedException">The column holds something else.</exception>
    public static ColumnRow Create(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is TextDataViewType)
        {
            return new Texts(row.GetGetter<ReadOnlyMemory<char>>(column));
        }

        DataViewType item = column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
        return item.RawType == typeof(float) ? new Numbers<float>(row, column)
            : item.RawType == typeof(byte) ? new Numbers<byte>(row, column)
            : throw new NotSupportedException($"Column '{column.Name}' holds {column.Type}, which no exported graph reads or gives.");
    }

    /// <summary>Reads the current row.</summary>
    public abstract void Read();

    /// <summary>The row that was read.</summary>
    public abstract OrtValue ToTensor();

    /// <summary>A text, <c>[1, 1]</c>.</summary>
    internal sealed class Texts(ValueGetter<ReadOnlyMemory<char>> get) : ColumnRow
    {
        private ReadOnlyMemory<char> _text;

        /// <summary>The text.</summary>
        public string Value => _text.ToString();

        /// <inheritdoc/>
        public override void Read() => get(ref _text);

        /// <inheritdoc/>
        public override OrtValue ToTensor() => OrtValue.CreateFromStringTensor(new DenseTensor<string>(new[] { Value }, [1, 1]));
    }

    /// <summary>Numbers, <c>[1, …dims]</c>.</summary>
    internal sealed class Numbers<T> : ColumnRow
        where T : unmanaged
    {
        private readonly long[] _dims;
        private readonly Func<T[]> _read;

        /// <summary>A column of a row.</summary>
        public Numbers(DataViewRow row, DataViewSchema.Column column)
        {
            if (column.Type is VectorDataViewType vector)
            {
                ValueGetter<VBuffer<T>> get = row.GetGetter<VBuffer<T>>(column);
                VBuffer<T> buffer = default;
                _dims = [.. vector.Dimensions.Select(static dim => (long)dim)];
                _read = () =>
                {
                    get(ref buffer);
                    return [.. buffer.DenseValues()];
                };
            }
            else
            {
                ValueGetter<T> get = row.GetGetter<T>(column);
                T value = default;
                _dims = [];
                _read = () =>
                {
                    get(ref value);
                    return [value];
                };
            }
        }

        /// <summary>The numbers.</summary>
        public T[] Values { get; private set; } = [];

        /// <inheritdoc/>
        public override void Read() => Values = _read();

        /// <inheritdoc/>
        public override OrtValue ToTensor() => OrtValue.CreateTensorValueFromMemory(Values, [1, .. _dims]);
    }
}
