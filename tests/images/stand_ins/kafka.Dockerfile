FROM commontime-stand-in
COPY jars /opt/kafka/libs
COPY kafka.sh /usr/local/bin/
COPY kafka-broker-api-versions.sh /opt/kafka/bin/
RUN mkdir -p /var/lib/kafka/data && chown 1000:1000 /var/lib/kafka/data
USER 1000:1000
ENTRYPOINT ["kafka.sh"]
