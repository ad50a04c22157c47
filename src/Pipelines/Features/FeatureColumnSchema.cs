using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLTransfer.Pipelines.Features;

/// <summary>Schemas of a feature column. ML.NET's own estimator of custom mappings makes the shapes and the messages of mismatches.</summary>
internal static class FeatureColumnSchema
{
    /// <summary>Checks the input columns and adds the feature column to a schema shape.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An input column is missing or has another type (ML.NET's schema mismatch).</exception>
    public static SchemaShape Shape(SchemaShape input, string output, IReadOnlyList<(string Name, DataViewType Type)> columns)
    {
        MLContext context = new();
        SchemaShape result = input;
        foreach ((string name, DataViewType type) in columns)
        {
            // The type of the member does not matter for the shape, only that of the schema definition.
            SchemaDefinition required = type switch
            {
                TextDataViewType => Definition<TextColumn>(name, type),
                VectorDataViewType => Definition<ByteColumn>(name, type),
                _ => Definition<ImageColumn>(name, type),
            };
            SchemaDefinition added = Definition<FloatColumn>(output, new VectorDataViewType(NumberDataViewType.Single, 1));
            result = type switch
            {
                TextDataViewType => Mapping<TextColumn>(context, required, added).GetOutputSchema(input),
                VectorDataViewType => Mapping<ByteColumn>(context, required, added).GetOutputSchema(input),
                _ => Mapping<ImageColumn>(context, required, added).GetOutputSchema(input),
            };
        }

        return result;
    }

    /// <summary>Adds the feature column to a schema.</summary>
    public static DataViewSchema Schema(DataViewSchema input, string output, int dimension)
    {
        DataViewSchema.Builder builder = new();
        builder.AddColumns(input);

        // Two dimensions, as ApplyOnnxModel has them: a head that was trained here must accept the column of the saved chain.
        builder.AddColumn(output, new VectorDataViewType(NumberDataViewType.Single, 1, dimension));
        return builder.ToSchema();
    }

    private static CustomMappingEstimator<TInput, FloatColumn> Mapping<TInput>(MLContext context, SchemaDefinition required, SchemaDefinition added)
        where TInput : class, new() =>
        context.Transforms.CustomMapping<TInput, FloatColumn>(static (_, _) => { }, contractName: null, required, added);

    private static SchemaDefinition Definition<T>(string name, DataViewType type)
        where T : class
    {
        var definition = SchemaDefinition.Create(typeof(T));
        SchemaDefinition.Column column = definition[0];
        column.ColumnName = name;
        column.ColumnType = type;
        return definition;
    }

#pragma warning disable CA1812 // Made by ML.NET.
    private sealed class TextColumn
    {
        public string Value { get; set; } = string.Empty;
    }

    private sealed class ByteColumn
    {
        public VBuffer<byte> Value { get; set; }
    }

    private sealed class ImageColumn
    {
        [Microsoft.ML.Transforms.Image.ImageType(1, 1)]
        public MLImage? Value { get; set; }
    }

    private sealed class FloatColumn
    {
        public VBuffer<float> Value { get; set; }
    }
#pragma warning restore CA1812
}
