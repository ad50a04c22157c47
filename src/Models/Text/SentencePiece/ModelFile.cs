using Google.Protobuf;

namespace MLTransfer.Models.Text.SentencePiece;

/// <summary>What we need to know of a SentencePiece model file besides what the library reads from it.</summary>
/// <remarks>Field numbers and defaults: sentencepiece_model.proto.</remarks>
internal sealed record ModelFile
{
    private const int PiecesField = 1;
    private const int TrainerField = 2;
    private const int NormalizerField = 3;
    private const int BeginningIdField = 41;
    private const int UserDefined = 4;

    /// <summary>The number of pieces.</summary>
    public int Pieces { get; private set; }

    /// <summary>Pieces that are kept as they are.</summary>
    public List<string> UserDefinedPieces { get; } = [];

    /// <summary>Id of the beginning token; -1 where there is none.</summary>
    public int BeginningId { get; private set; } = 1;

    /// <summary>Id of the end token; -1 where there is none.</summary>
    public int EndId { get; private set; } = 2;

    /// <summary>Id of the padding token; -1 where there is none.</summary>
    public int PaddingId { get; private set; } = -1;

    /// <summary>Whether the space of a word stands behind it.</summary>
    public bool SpaceIsSuffix { get; private set; }

    /// <summary>The normalisation rules; see <see cref="SentencePiece.CharacterMap"/>.</summary>
    public byte[] CharacterMap { get; private set; } = [];

    /// <summary>Whether a text gets one more space.</summary>
    public bool AddsSpace { get; private set; } = true;

    /// <summary>Whether leading, trailing and repeated spaces are removed.</summary>
    public bool RemovesExtraSpaces { get; private set; } = true;

    /// <summary>Whether spaces are written as U+2581.</summary>
    public bool EscapesSpaces { get; private set; } = true;

    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is not a protocol buffer.</exception>
    public static ModelFile Read(byte[] bytes)
    {
        var file = new ModelFile();
        ReadMessage(new CodedInputStream(bytes), (field, input) =>
        {
            switch (field)
            {
                case PiecesField:
                    file.ReadPiece(input.ReadBytes().CreateCodedInput());
                    return true;
                case TrainerField:
                    file.ReadTrainer(input.ReadBytes().CreateCodedInput());
                    return true;
                case NormalizerField:
                    file.ReadNormalizer(input.ReadBytes().CreateCodedInput());
                    return true;
                default:
                    return false;
            }
        });
        return file;
    }

    /// <summary>The file with another beginning token.</summary>
    /// <remarks>A message that occurs twice is merged field by field, so the change is a second trainer specification at the end.</remarks>
    public static byte[] WithBeginningId(byte[] bytes, int id)
    {
        using var stream = new MemoryStream();
        stream.Write(bytes);
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            uint field = WireFormat.MakeTag(BeginningIdField, WireFormat.WireType.Varint);
            output.WriteTag(TrainerField, WireFormat.WireType.LengthDelimited);
            output.WriteLength(CodedOutputStream.ComputeUInt32Size(field) + CodedOutputStream.ComputeInt32Size(id));
            output.WriteTag(field);
            output.WriteInt32(id);
        }

        return stream.ToArray();
    }

    private static void ReadMessage(CodedInputStream input, Func<int, CodedInputStream, bool> read)
    {
        while (input.ReadTag() is uint tag and not 0)
        {
            if (!read(WireFormat.GetTagFieldNumber(tag), input))
            {
                input.SkipLastField();
            }
        }
    }

    private void ReadPiece(CodedInputStream piece)
    {
        Pieces++;
        string text = "";
        int type = 1;
        ReadMessage(piece, (field, input) =>
        {
            switch (field)
            {
                case 1:
                    text = input.ReadString();
                    return true;
                case 3:
                    type = input.ReadEnum();
                    return true;
                default:
                    return false;
            }
        });
        if (type == UserDefined)
        {
            UserDefinedPieces.Add(text);
        }
    }

    private void ReadTrainer(CodedInputStream trainer) => ReadMessage(trainer, (field, input) =>
    {
        switch (field)
        {
            case 24:
                SpaceIsSuffix = input.ReadBool();
                return true;
            case BeginningIdField:
                BeginningId = input.ReadInt32();
                return true;
            case 42:
                EndId = input.ReadInt32();
                return true;
            case 43:
                PaddingId = input.ReadInt32();
                return true;
            default:
                return false;
        }
    });

    private void ReadNormalizer(CodedInputStream normalizer) => ReadMessage(normalizer, (field, input) =>
    {
        switch (field)
        {
            case 2:
                CharacterMap = input.ReadBytes().ToByteArray();
                return true;
            case 3:
                AddsSpace = input.ReadBool();
                return true;
            case 4:
                RemovesExtraSpaces = input.ReadBool();
                return true;
            case 5:
                EscapesSpaces = input.ReadBool();
                return true;
            default:
                return false;
        }
    });
}
