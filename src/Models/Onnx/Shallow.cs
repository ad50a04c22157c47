using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Copies that share what they hold. Cloning a message would copy the weights.</summary>
internal static class Shallow
{
    /// <summary>A model whose lists can be changed without touching the original; the elements are shared.</summary>
    public static ModelProto Copy(ModelProto model)
    {
        ModelProto copy = Header(model);
        copy.Graph = new GraphProto();
        if (model.Graph.HasName)
        {
            copy.Graph.Name = model.Graph.Name;
        }

        if (model.Graph.HasDocString)
        {
            copy.Graph.DocString = model.Graph.DocString;
        }

        copy.Graph.Node.AddRange(model.Graph.Node);
        copy.Graph.Initializer.AddRange(model.Graph.Initializer);
        copy.Graph.Input.AddRange(model.Graph.Input);
        copy.Graph.Output.AddRange(model.Graph.Output);
        copy.Graph.ValueInfo.AddRange(model.Graph.ValueInfo);
        copy.Graph.MetadataProps.AddRange(model.Graph.MetadataProps);
        return copy;
    }

    /// <summary>All of a model but its graph.</summary>
    public static ModelProto Header(ModelProto model)
    {
        ModelProto copy = new() { IrVersion = model.IrVersion };
        if (model.HasProducerName)
        {
            copy.ProducerName = model.ProducerName;
        }

        if (model.HasProducerVersion)
        {
            copy.ProducerVersion = model.ProducerVersion;
        }

        if (model.HasDomain)
        {
            copy.Domain = model.Domain;
        }

        if (model.HasModelVersion)
        {
            copy.ModelVersion = model.ModelVersion;
        }

        if (model.HasDocString)
        {
            copy.DocString = model.DocString;
        }

        copy.OpsetImport.AddRange(model.OpsetImport);
        copy.MetadataProps.AddRange(model.MetadataProps);
        copy.Functions.AddRange(model.Functions);
        return copy;
    }
}
