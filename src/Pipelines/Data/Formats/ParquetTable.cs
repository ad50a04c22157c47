using System.Globalization;
using MLTransfer.Models.Errors;
using Parquet;
using Parquet.Schema;

namespace MLTransfer.Pipelines.Data.Formats;

/// <summary>A Parquet file. One row group of the wanted columns is in memory at a time.</summary>
internal sealed class ParquetTable : ITable
{
    private readonly DataField[] _fields;
    private readonly string _name;

    private ParquetTable(string path, DataField[] fields)
    {
        Path = path;
        _name = System.IO.Path.GetFileName(path);
        _fields = fields;
        // The path of a field inside a struct: outer.inner.
        Columns = [.. fields.Select(field => string.Join('.', field.Path.ToList()))];
    }

    public string Path { get; }

    public IReadOnlyList<string> Columns { get; }

    public IReadOnlyList<string> Notes => [];

    /// <summary>Reads the schema.</summary>
    /// <exception cref="UserException">The file is not Parquet, or damaged.</exception>
    public static ParquetTable Open(string path)
    {
        try
        {
            ParquetSchema schema = ParquetReader.ReadSchemaAsync(path).GetAwaiter().GetResult();
            return new ParquetTable(path, schema.GetDataFields());
        }
        catch (Exception error) when (IsDamage(error))
        {
            throw Damaged(path, error);
        }
    }

    public IEnumerable<TableRow> Read(IReadOnlyList<int> columns)
    {
        DataField[] wanted = [.. columns.Select(column => _fields[column])];
        foreach (DataField field in wanted)
        {
            if (field.MaxRepetitionLevel > 0 || field.IsArray)
                throw new UserException($"Column '{field.Path}' of {Path} holds lists. Text, numbers and booleans can be read: write the values into columns of their own.");
        }
        ParquetReader reader = Guard(() => ParquetReader.CreateAsync(Path).GetAwaiter().GetResult());
        try
        {
            long number = 0;
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
                int count = checked((int)rows.RowCount);
                string?[][] values = [.. wanted.Select(field => Guard(() => ReadColumn(rows, field, count)))];
                for (int row = 0; row < count; row++)
                {
                    number++;
                    yield return new TableRow(
                        string.Create(CultureInfo.InvariantCulture, $"{_name}:{number}"), [.. values.Select(column => column[row])]);
                }
            }
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private string?[] ReadColumn(ParquetRowGroupReader rows, DataField field, int count) =>
        // A schema that is read from a file gives text as memory, one that is made in code as string.
        field.ClrType == typeof(ReadOnlyMemory<char>) ? ReadText(rows, field, count) : Type.GetTypeCode(field.ClrType) switch
        {
            TypeCode.String => ReadText(rows, field, count),
            TypeCode.Boolean => Read<bool>(rows, field, count, value => value ? "true" : "false"),
            TypeCode.SByte => Read<sbyte>(rows, field, count, Invariant),
            TypeCode.Byte => Read<byte>(rows, field, count, Invariant),
            TypeCode.Int16 => Read<short>(rows, field, count, Invariant),
            TypeCode.UInt16 => Read<ushort>(rows, field, count, Invariant),
            TypeCode.Int32 => Read<int>(rows, field, count, Invariant),
            TypeCode.UInt32 => Read<uint>(rows, field, count, Invariant),
            TypeCode.Int64 => Read<long>(rows, field, count, Invariant),
            TypeCode.UInt64 => Read<ulong>(rows, field, count, Invariant),
            TypeCode.Single => Read<float>(rows, field, count, Invariant),
            TypeCode.Double => Read<double>(rows, field, count, Invariant),
            TypeCode.Decimal => Read<decimal>(rows, field, count, Invariant),
            _ => throw new UserException(
                $"Column '{field.Path}' of {Path} holds {field.ClrType.Name}. Text, numbers and booleans can be read: convert the column."),
        };

    private static string?[] ReadText(ParquetRowGroupReader rows, DataField field, int count)
    {
        var values = new string?[count];
        rows.ReadAsync(field, values.AsMemory()!).AsTask().GetAwaiter().GetResult();
        return values;
    }

    private static string?[] Read<T>(ParquetRowGroupReader rows, DataField field, int count, Func<T, string> format)
        where T : struct
    {
        if (field.IsNullable || field.MaxDefinitionLevel > 0)
        {
            var optional = new T?[count];
            rows.ReadAsync<T>(field, optional.AsMemory()).AsTask().GetAwaiter().GetResult();
            return [.. optional.Select(value => value is { } present ? format(present) : null)];
        }
        var values = new T[count];
        rows.ReadAsync<T>(field, values.AsMemory()).AsTask().GetAwaiter().GetResult();
        return [.. values.Select(format)];
    }

    private static string Invariant<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (IsDamage(error))
        {
            throw Damaged(Path, error);
        }
    }

    // The reader's own exceptions for damage are of many types; what the machine or the user's wish causes is let through.
    private static bool IsDamage(Exception error) =>
        error is not (UserException or OutOfMemoryException or OperationCanceledException or UnauthorizedAccessException or FileNotFoundException);

    private static UserException Damaged(string path, Exception error) =>
        new($"{path} cannot be read as Parquet: {error.Message} The file may be cut short or of another format (set data.format).", error);
}
